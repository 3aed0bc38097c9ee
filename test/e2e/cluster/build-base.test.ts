import { expect, test } from 'vitest'
import { desiredBuildBase } from './build-base.ts'
import type { BuildSurroundings } from './build-surroundings.ts'

const nothing: BuildSurroundings = { certificates: [], debianSources: undefined, aptProxies: [], npmConfig: [] }
const COMPANY = '-----BEGIN CERTIFICATE-----\ncompany\n-----END CERTIFICATE-----'

test('a machine with the usual package sources and no authorities of its own adds nothing', () => {
  const usual = `deb http://deb.debian.org/debian bookworm main
deb http://security.debian.org/debian-security bookworm-security main
`
  expect(desiredBuildBase(nothing)).toBeUndefined()
  expect(desiredBuildBase({ ...nothing, debianSources: ['sources.list', usual] })).toBeUndefined()
})

test("a company's authority is added to the public ones, since the image has none of those for apt", () => {
  const { 'authorities.pem': authorities = '', ...others } =
    desiredBuildBase({ ...nothing, certificates: [COMPANY] }) ?? {}
  expect(authorities).toContain(COMPANY)
  expect(authorities.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(50)
  expect(others).toEqual({ npmrc: '', 'apt.conf': '', 'sources.list': '' })
})

test("settings of npm and apt's proxies are taken over", () => {
  const npmConfig = ['registry=https://npm.example/']
  const aptProxies = ['Acquire::http::Proxy "http://proxy.example:3128";']
  expect(desiredBuildBase({ ...nothing, npmConfig, aptProxies })).toMatchObject({
    npmrc: 'registry=https://npm.example/\n',
    'apt.conf': 'Acquire::http::Proxy "http://proxy.example:3128";\n',
  })
})

test("the mirror is taken over for the image's own suites, and no other entry, which may need a key that the image lacks", () => {
  const sources = `Types: deb
URIs: https://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: https://other.example/debian
Suites: stable
Components: main
Signed-By: /etc/apt/keyrings/other.gpg
`
  expect(desiredBuildBase({ ...nothing, debianSources: ['debian.sources', sources] })?.['sources.list']).toBe(
    `deb https://mirror.example/debian bookworm main
deb https://mirror.example/debian bookworm-updates main
deb https://mirror.example/debian-security bookworm-security main
`,
  )
})

test('what leads to this machine itself, to a file of it, or carries a password is left out', () => {
  const proxies = ['Acquire::http::Proxy "http://127.0.0.1:3142";']
  const npmConfig = ['registry=http://localhost:4873/']
  const mirrors = ['mirror+file:/etc/apt/mirrors/debian.list', 'http://me:secret@mirror.example/debian']
  for (const mirror of mirrors) {
    const debianSources: [string, string] = ['sources.list', `deb ${mirror} bookworm main\n`]
    expect(desiredBuildBase({ certificates: [], debianSources, aptProxies: proxies, npmConfig })).toBeUndefined()
  }
})
