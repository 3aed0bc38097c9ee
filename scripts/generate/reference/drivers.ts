import type { CommandDeclaration, ParamDeclaration } from '../../../runtime/src/drivers/device-contract.ts'
import type { Driver } from '../../../runtime/src/drivers/driver.ts'
import { drivers } from '../../../runtime/src/drivers/registry.ts'
import { code, formatPage, formatTable } from '../markdown.ts'

/** What devices of each driver tell and do, read off the contracts that their workers send to ORK. */
export async function formatDrivers(): Promise<string> {
  const loaded = await Promise.all(Object.values(drivers).map((load) => load()))
  return formatPage(
    'Drivers',
    'the contracts of `runtime/src/drivers`',
    'Names of models are compared without regard to upper and lower case. A command that is *idempotent* may be sent again when its answer is lost; another one ends as `ERR_COMMAND_FATE_UNKNOWN` where nobody can know whether it ran.',
    ...loaded.flatMap(formatDriver),
  )
}

function formatDriver({ name, models, contract }: Driver): readonly string[] {
  const { metadata, capabilities } = contract(null)
  const known = models === null ? 'Any model.' : `Models: ${models.map(code).join(', ')}.`
  return [
    `## ${name}`,
    `${metadata.overview} ${known}`,
    formatTable(['command', 'parameters', 'idempotent', 'meaning'], capabilities.commands.map(formatCommand)),
    formatTable(
      ['channel', 'type', 'unit', 'meaning'],
      capabilities.telemetry.map(({ name: channel, type, unit = '', description }) => [
        code(channel),
        type,
        unit,
        description,
      ]),
    ),
  ]
}

function formatCommand({ name, description, constraints, idempotent, params }: CommandDeclaration): readonly string[] {
  const meaning = constraints === undefined ? description : `${description} ${constraints}`
  return [code(name), params.map(formatParam).join('; '), idempotent === true ? 'yes' : 'no', meaning]
}

function formatParam({ name, type, required, enum: choices, min, max }: ParamDeclaration): string {
  const range = min === undefined && max === undefined ? '' : ` from ${min ?? '−∞'} to ${max ?? '∞'}`
  const values = choices === undefined ? '' : ` (${choices.map(code).join(', ')})`
  return `${code(name)}: ${type}${range}${values}${required ? '' : ', may be left out'}`
}
