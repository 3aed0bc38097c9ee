import { describe, expect, it } from 'vitest'
import { md5Crypt } from './md5-crypt.ts'

describe('md5Crypt', () => {
  /** Each as `openssl passwd -1 -salt <salt> <password>` prints it. */
  it.each([
    ['admin', 'BQ5hoXV9', 'RxmaDUO33TS7O26yeMHZ81'],
    ['RxmaDUO33TS7O26yeMHZ815039', 'P5NTAcEp', 'W7vZynrBZBwIIjR5dvDJb0'],
    ['', '', 'qRPK7m23GJusamGpoGLby/'],
    ['x', 'ab', 'e2KlfqG5YBMTjSz7XF.Eu1'],
    ['Hello world!', 'saltstring', 'YMyguxXMBpd2TEZ.vS/3q1'],
    ['pässwörd', 'abcdefgh', 'xYuxUFvxUOR4Pd6a7EeUS0'],
    ['0123456789abcdef', 'abcdefgh', 'gPRp0h8EPmQj1W00e5aoH1'],
    ['this password is much longer than sixteen bytes, and than thirty-two', 'abcdefgh', 'bbEInD8YIK2.SNyC14bFJ/'],
    ['x', 'abcdefghij', 'znAnv9M.XU2pRYfmSs46h/'],
  ])('hashes %j with the salt %j as openssl does', (password, salt, hash) => {
    expect(md5Crypt(password, salt)).toBe(hash)
  })
})
