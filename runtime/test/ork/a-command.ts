import type { Command } from '../../src/ork/modules/command-state-machine/machine.ts'

/** A command to reboot the device d1 of the worker w1, accepted at 1 and QUEUED, unless said otherwise. */
export function aCommand(change: Partial<Command> = {}): Command {
  return {
    commandId: 'c1',
    state: 'QUEUED',
    command: 'reboot',
    params: {},
    scope: 'device',
    deviceId: 'd1',
    workerId: 'w1',
    targets: null,
    idempotent: false,
    requesterId: null,
    caller: 'ca',
    idempotencyKey: null,
    correlationId: null,
    fingerprint: null,
    sentTo: null,
    retries: 0,
    result: null,
    error: null,
    createdAt: 1,
    updatedAt: 1,
    ...change,
  }
}
