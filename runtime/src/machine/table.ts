/**
 * Which event leads from which state where. A pair that isn't in the table can't happen: `next` throws, and the module
 * that asked is broken. Written as `const table = {…} as const satisfies Table<State, Event>`.
 */
export type Table<State extends string, Event extends string> = {
  readonly [From in State]: { readonly [On in Event]?: State }
}

/** An event that its state doesn't know: a bug, never an ending. */
export class IllegalTransition extends Error {
  override readonly name = 'IllegalTransition'
  readonly state: string
  readonly event: string

  constructor(state: string, event: string) {
    super(`the state '${state}' has no transition for '${event}'`)
    this.state = state
    this.event = event
  }
}

/** The state that follows. Throws IllegalTransition. */
export function next<State extends string, Event extends string>(
  table: Table<State, Event>,
  state: NoInfer<State>,
  event: NoInfer<Event>,
): State {
  const to = table[state][event]
  if (to === undefined) throw new IllegalTransition(state, event)
  return to
}
