import { expect, test } from 'vitest'
import {
  formatNpmConfig,
  parseAptProxies,
  parseCertificates,
  parseDebianMirror,
  proxyBuildArgs,
} from './build-surroundings.ts'

test('each certificate of a bundle is taken once, and keys are not', () => {
  const pem = (name: string, body: string) => `-----BEGIN ${name}-----\n${body}\n-----END ${name}-----`
  const bundle = ['# a comment', pem('CERTIFICATE', 'one'), pem('PRIVATE KEY', 'no'), pem('CERTIFICATE', 'two')]
  expect(parseCertificates([...bundle, pem('CERTIFICATE', 'one')].join('\n'))).toEqual([
    pem('CERTIFICATE', 'one'),
    pem('CERTIFICATE', 'two'),
  ])
})

test("the suite's mirror is found in both formats, and another suite's is not", () => {
  const lines = 'deb http://a.example/debian trixie main\ndeb [arch=amd64] http://b.example/debian bookworm main\n'
  const paragraphs = `Types: deb
URIs: http://security.example/debian
Suites: bookworm-security
Components: main

Types: deb
# mirrored
URIs: http://c.example/debian
Suites: bookworm bookworm-updates
Components: main
`
  expect(parseDebianMirror(lines, 'bookworm')).toBe('http://b.example/debian')
  expect(parseDebianMirror(paragraphs, 'bookworm')).toBe('http://c.example/debian')
  expect(parseDebianMirror(paragraphs, 'trixie')).toBeUndefined()
})

test("apt's proxies are taken over, one with a password is not", () => {
  const dump = `APT::Architecture "amd64";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::https::Proxy::mirror.example "DIRECT";
Acquire::http::Proxy::other "http://me:secret@proxy.example:3128";
`
  expect(parseAptProxies(dump)).toEqual([
    'Acquire::http::Proxy "http://proxy.example:3128";',
    'Acquire::https::Proxy::mirror.example "DIRECT";',
  ])
})

test("npm's defaults need no line, a cafile's path means nothing in a container, and no password gets into an image", () => {
  const config = {
    registry: 'https://npm.example/',
    cafile: '/etc/ssl/company.pem',
    'strict-ssl': 'true',
    'https-proxy': 'http://me:secret@proxy.example:3128',
  }
  expect(formatNpmConfig(config)).toEqual(['registry=https://npm.example/'])
  expect(formatNpmConfig({ registry: 'https://registry.npmjs.org/' })).toEqual([])
})

test('a proxy goes into a build by its name only', () => {
  expect(proxyBuildArgs({ https_proxy: 'http://me:secret@proxy.example', NO_PROXY: '', OTHER: 'x' })).toEqual([
    '--build-arg',
    'https_proxy',
  ])
})
