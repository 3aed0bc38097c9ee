/** As many ids of devices of a worker. */
export function deviceIdsOf(workerId: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => `${workerId}.d${number}`)
}
