/**
 * Codes that leave a process: on the wire as `error`, over HTTP as `{error: {code, message}}`. Never reused. `ERR_MDK_…` are the
 * client library's own.
 * `http` is the status with which App Node answers. Those of upstream keep upstream's spelling.
 */
export const errorCodes = {
  ERR_COMMAND_REQUIRED: { http: 400, text: 'the request names no command' },
  ERR_DEVICE_ID_REQUIRED: { http: 400, text: 'the request names no device' },
  ERR_DEVICE_NOT_FOUND: { http: 404, text: 'no registered worker has this device; the list of workers has the ids' },
  ERR_DEVICE_UNAVAILABLE: { http: 503, text: 'the worker cannot reach the device' },
  ERR_DEVICE_ACCESS_DENIED: {
    http: 502,
    text: 'the device does not take commands with the credentials that the worker has',
  },
  ERR_WORKER_ID_REQUIRED: { http: 400, text: 'the request names no worker' },
  ERR_WORKER_NOT_FOUND: { http: 404, text: 'no such worker is registered' },
  /** Also while its circuit is open: which of these it is stands in the worker's `problem`. */
  ERR_WORKER_NOT_ROUTABLE: {
    http: 503,
    text: 'the worker is not ready, does not answer, or left the last requests of this kind unanswered, so that they are held back',
  },
  ERR_WORKER_TIMEOUT: { http: 504, text: 'the worker did not answer in time' },
  ERR_COMMAND_NOT_IN_CAPABILITIES: { http: 400, text: 'the device has no such command' },
  ERR_COMMAND_FAILED: { http: 502, text: 'the device refused the command' },
  ERR_COMMAND_FATE_UNKNOWN: {
    http: 502,
    text: 'the command was sent and its outcome is not known; look at the device before sending it again',
  },
  ERR_TARGETS_FAILED: {
    http: 502,
    text: 'the command failed on some of its devices; its result says on each what it came to',
  },
  ERR_TARGET_NOT_FOUND: { http: 404, text: 'a target is no device of the worker that the command is for' },
  ERR_IDEMPOTENCY_KEY_REUSED: {
    http: 422,
    text: 'the idempotency key was sent before with another command, device or parameters; take another key',
  },
  ERR_COMMAND_ID_REQUIRED: { http: 400, text: 'the request names no command id' },
  ERR_COMMAND_NOT_FOUND: { http: 404, text: 'no such command is known, or it was cleared' },
  ERR_COMMAND_EXPIRED: {
    http: 503,
    text: 'the command was not sent: others to the same device or worker took all of its time; send it again',
  },
  ERR_COMMAND_SENT: {
    http: 409,
    text: 'the command was sent to its worker, or may have been, and cannot be cancelled',
  },
  ERR_COMMAND_ENDED: { http: 409, text: 'the command has ended and cannot be cancelled' },
  ERR_CANCELLED: { http: 409, text: 'the command was cancelled before it was sent' },
  ERR_UNKNOWN_COMMAND: { http: 400, text: 'the driver has no such command' },
  ERR_PARAM_REQUIRED: { http: 400, text: 'a parameter is missing' },
  ERR_PARAM_UNKNOWN: { http: 400, text: 'the command has no such parameter' },
  ERR_PARAM_TYPE: { http: 400, text: 'a parameter has the wrong type' },
  ERR_PARAM_RANGE: { http: 400, text: 'a parameter is out of its range' },
  ERR_PARAM_ENUM: { http: 400, text: 'a parameter is not one of the allowed values' },
  ERR_QUEUE_FULL: { http: 429, text: 'too much is waiting for the device or its worker; try again later' },
  ERR_UNKNOWN_ACTION: { http: 400, text: 'the peer does not know this action' },
  ERR_UNKNOWN_QUERY_TYPE: { http: 400, text: 'the worker does not know this telemetry query' },
  ERR_STORE_FAILED: { http: 503, text: 'the command could not be written to disk and was not accepted' },
  ERR_WORKER_STORE_FAILED: {
    http: 503,
    text: 'the worker could not write down that it begins, and so did not touch the device; see to its volume',
  },
  ERR_ORK_SHUTDOWN: { http: 503, text: 'ORK is being stopped and did not accept the command; send it again' },
  ERR_ORK_UNREACHABLE: { http: 503, text: 'there is no connection to ORK' },
  ERR_ORK_KEY_MISSING: { http: 503, text: 'App Node knows no ORK public key; it is in discovery.json' },
  ERR_MDK_WAIT_WORKERS_TIMEOUT: { http: 504, text: 'fewer workers than were waited for serve the site' },
  ERR_MDK_WAIT_DEVICE_TIMEOUT: { http: 504, text: 'no worker serves the device that was waited for' },
  ERR_MDK_WAIT_COMMAND_TIMEOUT: { http: 504, text: 'the command that was waited for has not ended' },
  ERR_MDK_WORKER_KEY_UNKNOWN: { http: 404, text: 'ORK has no such worker, so its key is not known' },
  ERR_AUTH_FAIL: { http: 401, text: 'the bearer token is missing or not valid' },
  ERR_AUTH_FAIL_NO_PERMS: { http: 403, text: 'this token may read but not command' },
  ERR_REQUEST_INVALID: { http: 400, text: 'the request is malformed' },
  ERR_REQUEST_TOO_LARGE: { http: 413, text: 'the body of the request is too large' },
  ERR_REPLY_TOO_LARGE: {
    http: 413,
    text: 'the reply is larger than a message may be (15 MB); ask for less at a time: `offset` and `limit`, or one worker',
  },
  ERR_ROUTE_NOT_FOUND: { http: 404, text: 'there is nothing at this path' },
  ERR_INTERNAL: { http: 500, text: 'an unexpected failure; the log has the cause' },
} as const

export type ErrorCode = keyof typeof errorCodes
