/**
 * Codes of a Whatsminer's answers (Whatsminer API 2.0.5, "Message Code"). Answers of read commands in the older form carry no
 * code or one of CGMiner's. Seen on miners beyond the document: 23 for a request that was encrypted with another password, 45 for
 * every command while the API isn't switched on.
 */
export const codes = {
  invalidCommand: 14,
  invalidJson: 23,
  permissionDenied: 45,
  ok: 131,
  commandError: 132,
  tokenGiven: 134,
  tokenWrong: 135,
  tooManyTokens: 136,
  base64Wrong: 137,
} as const

/** The TCP port of the API. */
export const whatsminerPort = 4028
