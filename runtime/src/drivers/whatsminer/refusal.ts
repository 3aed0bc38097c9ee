import type { DeviceFailure } from '../device-error.ts'
import type { Answer } from './answer.ts'
import { codes } from './codes.ts'

export type Refused = Extract<Answer, { kind: 'refused' }>

/** What a miner's no means, for the one who asked. */
interface Refusal {
  readonly failure: Extract<DeviceFailure, 'refused' | 'unauthorized'>
  /** What is the matter and what to do about it. */
  readonly message: string
}

/**
 * Whether the miner couldn't make out the request, or doesn't know its token, and so did nothing. A miner that has another
 * password (or another salt for it, since it was set again) can't read what is encrypted for it: that is code 23, or 137.
 */
export function isTokenRefusal({ code }: Refused): boolean {
  return code === codes.tokenWrong || code === codes.invalidJson || code === codes.base64Wrong
}

/** `password`: whether the device was given one, or the factory's was tried. */
export function describeRefusal(refused: Refused, deviceId: string, password: 'given' | 'factory'): Refusal {
  const said = `it says: ${refused.message} (code ${refused.code ?? 'none'})`
  if (isTokenRefusal(refused)) return { failure: 'unauthorized', message: `${wrong[password](deviceId)}; ${said}` }
  switch (refused.code) {
    case codes.permissionDenied:
      return {
        failure: 'unauthorized',
        message: `${deviceId} takes no commands over its API; change its factory password and switch the API on, with the WhatsMinerTool; ${said}`,
      }
    case codes.tooManyTokens:
      return {
        failure: 'refused',
        message: `${deviceId} gives this address no more tokens; it forgets old ones after 30 minutes, try again then; ${said}`,
      }
    case codes.invalidCommand:
      return {
        failure: 'refused',
        message: `the firmware of ${deviceId} doesn't have this command, or not with this value; ${said}`,
      }
    default:
      return { failure: 'refused', message: `${deviceId} refuses; ${said}` }
  }
}

const wrong = {
  given: (deviceId: string) =>
    `${deviceId} does not accept the password in its credentials, so it can be read but not commanded; make it the admin password of the miner`,
  factory: (deviceId: string) =>
    `${deviceId} does not accept the factory password and has no other in its credentials, so it can be read but not commanded; give it credentials with the admin password of the miner`,
} as const
