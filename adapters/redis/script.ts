// A call on Redis: scripts loaded from their files, and what becomes of a call that Redis does not answer.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Redis } from 'ioredis'
import { HoldfastError } from '../../engine/errors.ts'

/** @throws {HoldfastError} `unavailable` */
export type Script = (keys: readonly string[], values: readonly (string | number)[]) => Promise<unknown>

/**
 * Sent by its digest; whole, after a connection or a Redis that is new.
 * @param files the script's, after what it shares with others
 */
export function loadScript(redis: Redis, ...files: readonly URL[]): Script {
  const name = files.map((file) => basename(file.pathname)).join('+')
  const lua = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  redis.defineCommand(name, { lua })
  const run: (...given: (string | number)[]) => Promise<unknown> = Reflect.get(redis, name).bind(redis)
  return (keys, values) => answered(run(keys.length, ...keys, ...values))
}

/** @throws {HoldfastError} `unavailable` */
export async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw unavailable(error)
  }
}

/** Nothing has gone to the broker yet, and asking again does no harm. */
export function unavailable(cause: unknown): HoldfastError {
  const error = new HoldfastError('unavailable', 'Redis takes no call at the moment.', {
    mayHaveBeenAccepted: false,
  })
  error.cause = cause
  return error
}
