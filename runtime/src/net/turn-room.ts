/** How much may begin in one turn of the event loop. */
export interface TurnRoom {
  /** Null if there is room now; else resolves in a later turn, in the order in which was asked. */
  enter(): Promise<void> | null
  readonly waiting: number
}

export function createTurnRoom(perTurn: number): TurnRoom {
  const waiting: (() => void)[] = []
  let room = perTurn
  let isTurning = false
  const turn = () => {
    if (isTurning) return
    isTurning = true
    setImmediate(() => {
      isTurning = false
      const next = waiting.splice(0, perTurn)
      room = perTurn - next.length
      for (const begin of next) begin()
      if (waiting.length > 0) turn()
    })
  }
  return {
    enter() {
      turn()
      if (room === 0) return new Promise((resolve) => waiting.push(resolve))
      room -= 1
      return null
    },
    get waiting() {
      return waiting.length
    },
  }
}
