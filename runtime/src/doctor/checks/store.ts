import type { Written } from '../../storage/probe-folder.ts'
import { type Check, type Finding, failed, ok, skipped } from '../check.ts'
import { diagnose } from '../diagnoses.ts'

export const store: Check = {
  name: 'store',
  title: 'the store can be written',
  appliesTo: ['ork'],
  needs: [],
  async run({ stateDir }, { probeFolder }) {
    if (stateDir === null) return skipped('this process keeps nothing')
    return findInStore(stateDir, await probeFolder(stateDir))
  },
}

export function findInStore(folder: string, written: Written): Finding {
  switch (written.kind) {
    case 'ok':
      return ok(folder)
    case 'full':
      return failed(diagnose('StoreFull', { folder, code: written.code }))
    case 'refused':
      return failed(diagnose('StoreUnwritable', { folder, code: written.code }))
  }
}
