import { join } from 'node:path'
import { settings } from '../../../operator/src/config.ts'
import type { DeviceEntry } from '../../../runtime/src/contract/device-list.ts'
import {
  appNodePort,
  cadenceBounds,
  commandBounds,
  defaultConfigDir,
  dhtPort,
  env,
  errorCodes,
  folders,
  foldersOf,
  optionalFoldersOf,
  type Service,
  services,
  statusPaths,
  statusPort,
} from '../../../runtime/src/contract/index.ts'
import { diagnoses, guideSection } from '../../../runtime/src/doctor/diagnoses.ts'
import { readDocComments } from '../doc-comments.ts'
import { code, formatPage, formatTable } from '../markdown.ts'

const contract = 'runtime/src/contract'

const foldersReadBy = (service: Service) => [...foldersOf[service], ...optionalFoldersOf[service]]

/** Settings of the operator and environment variables of the runtime image. */
export function formatEnv(root: string): string {
  const comments = readDocComments(join(root, contract, 'env.ts'))
  const rows = Object.entries(env).map(([key, name]) => [code(name), comments.get(`env.${key}`) ?? ''])
  const flags = Object.entries(settings).map(([flag, { variable, help }]) => [code(`--${flag}`), code(variable), help])
  return formatPage(
    'Environment',
    `\`operator/src/config.ts\` and \`${contract}/env.ts\``,
    'Secrets never come this way: see [files](files.md).',
    '## Operator',
    'Each setting is a flag or a variable; the flag wins, and an empty value counts as none.',
    formatTable(['flag', 'variable', 'meaning'], flags),
    '## Runtime image',
    formatTable(['variable', 'meaning'], rows),
  )
}

/** Ports and HTTP paths of the runtime image. */
export function formatPorts(root: string): string {
  const comments = readDocComments(join(root, contract, 'endpoints.ts'))
  const ports = [
    ['dhtPort', `UDP ${dhtPort}`],
    ['statusPort', `TCP ${statusPort}`],
    ['appNodePort', `TCP ${appNodePort}`],
  ].map(([key = '', port = '']) => [port, comments.get(key) ?? ''])
  const paths = Object.entries(statusPaths).map(([key, path]) => [code(path), comments.get(`statusPaths.${key}`) ?? ''])
  return formatPage(
    'Ports and paths',
    `\`${contract}/endpoints.ts\``,
    formatTable(['port', 'meaning'], ports),
    `## Paths on TCP ${statusPort}`,
    comments.get('statusPaths') ?? '',
    formatTable(['path', 'meaning'], paths),
  )
}

/** Codes that a client of App Node or ORK can meet. */
export function formatErrors(): string {
  return formatPage(
    'Error codes',
    `\`${contract}/error-codes.ts\``,
    'On the wire a code is the `error` of an envelope; over HTTP it is `{"error": {"code", "message"}}` with the status of the table. A code is never used for anything else.',
    formatTable(
      ['code', 'HTTP', 'meaning'],
      Object.entries(errorCodes).map(([name, { http, text }]) => [code(name), String(http), text]),
    ),
  )
}

/** Diagnoses of the doctor, with the section of the guide that explains each. */
export function formatDiagnoses(): string {
  const rows = Object.entries(diagnoses).map(([name, { about, cause, remedy }]) => [
    `[${code(name)}](../../${guideSection(name)})`,
    about,
    cause,
    remedy,
  ])
  return formatPage(
    'Diagnoses',
    '`runtime/src/doctor/diagnoses.ts`',
    'What `mdk doctor` prints, and what a process that lacks something tells in its log and its status. The order is that of causes: the first that holds is the one that is named. What a diagnosis is about: `discovery` is the way on which processes find each other, `peer` a process that is not found on it, `process` the process that makes the diagnosis.',
    formatTable(['code', 'about', 'cause', 'remedy'], rows),
  )
}

/** Mounted folders and who reads them. */
export function formatFiles(root: string): string {
  const comments = readDocComments(join(root, contract, 'file-layout.ts'))
  const rows = Object.entries(folders).map(([key, folder]) => [
    code(`${defaultConfigDir}/${folder}`),
    comments.get(`folders.${key}`) ?? '',
    services.filter((service) => foldersReadBy(service).some((name) => name === key)).join(', '),
  ])
  return formatPage(
    'Files',
    `\`${contract}/file-layout.ts\` and \`${contract}/settings.ts\``,
    comments.get('folders') ?? '',
    formatTable(['folder', 'content', 'read by'], rows),
    '## devices.json',
    'The devices of a worker: `{"version": 1, "devices": [{…}]}`, each with all of these fields. A list that names one id twice is refused as a whole. The operator writes it, from racks.',
    formatTable(
      ['field', 'content'],
      Object.entries(deviceFields).map(([name, content]) => [code(name), content]),
    ),
    '## settings.json',
    'What ORK takes while it runs: `{"version": 1, "cadences": {…}, "commands": {…}}` with whole numbers, each of which may be missing. A name that is not in the table, or a number that is not between least and most, makes the file unusable: that is told, and what it said before goes on counting. Without the file, and in a process that finds an unusable one when it starts, the usual values count. What commands survive is not here but in [`MDK_DURABILITY`](env.md), as it is read at start.',
    formatTable(['setting', 'least', 'most', 'meaning'], settingRows(root)),
  )
}

const deviceFields: Readonly<Record<keyof DeviceEntry, string>> = {
  id: '`<rack>.<name>`, 1 to 95 characters, one device each in the site',
  driver: 'name of its [driver](drivers.md)',
  model: 'its model as the driver calls it, or null',
  address: 'host name or IP address, or null with a driver that needs none',
  port: "TCP port, or null for the driver's own",
  options: "the driver's connection settings, texts by name; `{}` for none",
  credentials: 'what the driver signs in with, texts by name; `{}` for none',
}

function settingRows(root: string): string[][] {
  const comments = readDocComments(join(root, contract, 'settings.ts'))
  const rowsOf = (group: string, constant: string, bounds: Readonly<Record<string, readonly [number, number]>>) =>
    Object.entries(bounds).map(([name, [least, most]]) => [
      code(`${group}.${name}`),
      String(least),
      String(most),
      comments.get(`${constant}.${name}`) ?? '',
    ])
  return [...rowsOf('cadences', 'cadenceBounds', cadenceBounds), ...rowsOf('commands', 'commandBounds', commandBounds)]
}
