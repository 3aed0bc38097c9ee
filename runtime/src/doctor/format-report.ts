import { guideSection } from './diagnoses.ts'
import { type Checked, firstCause } from './run-checks.ts'

/** An examination for people: a line for each check, and for each problem its cause, its remedy and where to read on. */
export function formatReport(checked: readonly Checked[]): string {
  const cause = firstCause(checked)
  const summary = cause === null ? 'no problem found' : `first cause: ${cause.code}`
  return [...checked.flatMap(formatCheck), summary].join('\n')
}

function formatCheck({ title, finding }: Checked): readonly string[] {
  switch (finding.kind) {
    case 'ok':
      return [line('ok', title, finding.note)]
    case 'skipped':
      return [line('skipped', title, finding.why)]
    case 'failed': {
      const { code, cause, remedy } = finding.diagnosis
      const details = [`cause: ${cause}`, `remedy: ${remedy}`, `more: ${guideSection(code)}`]
      return [line('problem', title, code), ...details.map((detail) => `${' '.repeat(indent)}${detail}`)]
    }
  }
}

const indent = 'problem  '.length

function line(result: string, title: string, note: string): string {
  return `${result.padEnd(indent)}${title}${note === '' ? '' : ` (${note})`}`
}

/** The same for programs. */
export function formatJsonReport(service: string, checked: readonly Checked[]): string {
  const checks = checked.map(({ name, title, finding: { kind: result, ...found } }) => ({
    name,
    title,
    result,
    ...found,
  }))
  const diagnosis = firstCause(checked)
  return JSON.stringify({ service, healthy: diagnosis === null, diagnosis, checks }, null, 2)
}
