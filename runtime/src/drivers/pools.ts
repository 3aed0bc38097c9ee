import { z } from 'zod'
import { type Parsed, problem } from '../contract/file-problem.ts'
import type { Json } from './json.ts'

/** A pool as a miner shows it: without the password. */
export interface Pool {
  readonly url: string
  readonly username: string
}

/** A pool as a miner is told of it. */
export interface PoolLogin extends Pool {
  readonly password: string
}

const pools = z
  .array(
    z.object({
      url: z
        .string()
        .regex(/^stratum\+(tcp|ssl|tls):\/\/\S+$/, 'must begin with stratum+tcp://, stratum+ssl:// or stratum+tls://'),
      worker_name: z.string().min(1).max(255),
      worker_password: z.string().max(255).default(''),
    }),
  )
  .min(1)
  .max(3)

/** Reads the parameter of `setupPools`. */
export function parsePools(value: Json): Parsed<readonly PoolLogin[], 'PoolsMalformed'> {
  const parsed = pools.safeParse(value)
  if (!parsed.success) return problem('PoolsMalformed', `pools: ${z.prettifyError(parsed.error)}`)
  return {
    kind: 'ok',
    value: parsed.data.map(({ url, worker_name: username, worker_password: password }) => ({
      url,
      username,
      password,
    })),
  }
}
