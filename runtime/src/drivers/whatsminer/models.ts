import { sameModel } from '../../contract/driver-facts.ts'

/** What the maker promises of a model; the best bin of each, since a model is sold in several. */
export interface WhatsminerModel {
  /** As TYPE has it. */
  readonly name: string
  /** As the miner itself writes it, without the suffix for the revision (`_VH30`). */
  readonly ownName: string
  readonly cooling: 'air' | 'liquid'
  readonly boards: number
  readonly nominalMhs: number
  readonly nominalPowerW: number
  /** Whether the pace of its search for frequencies can be chosen; upstream allows it to this model alone. */
  readonly tunable: boolean
}

/** M30S+ and M30S++ stand in air, M56S in oil, M53S and M63 have water in pipes. */
export const whatsminerModels: readonly WhatsminerModel[] = [
  model('M30SP', 'M30S+', 'air', [3, 100, 3_400]),
  model('M30SPP', 'M30S++', 'air', [3, 112, 3_472]),
  model('M53S', 'M53S', 'liquid', [4, 260, 6_760]),
  model('M56S', 'M56S', 'liquid', [4, 212, 5_550]),
  model('M63', 'M63', 'liquid', [4, 366, 7_283]),
]

export function findModel(name: string): WhatsminerModel | undefined {
  return whatsminerModels.find((known) => sameModel(known.name, name))
}

type Figures = readonly [boards: number, nominalThs: number, nominalPowerW: number]

function model(name: string, ownName: string, cooling: 'air' | 'liquid', figures: Figures): WhatsminerModel {
  const [boards, nominalThs, nominalPowerW] = figures
  return { name, ownName, cooling, boards, nominalMhs: nominalThs * 1e6, nominalPowerW, tunable: name === 'M63' }
}
