// What an error of the database becomes before the engine sees it: `Transient` where it may pass by itself.
import { BrokenInvariant, Transient } from '../../engine/failures.ts'
import type { Dialect } from './dialect.ts'

export function asFailure(dialect: Dialect, error: unknown): unknown {
  hideStatement(error)
  if (error instanceof Transient || !dialect.isTransient(error)) return error
  return new Transient(error instanceof Error ? error.message : String(error), { cause: error })
}

/** The driver hands out the statement with all of its values, which would end up in a log. */
function hideStatement(error: unknown): void {
  if (!(error instanceof Error)) return
  if ('sql' in error) delete error.sql
  if ('nativeError' in error) hideStatement(error.nativeError)
  hideStatement(error.cause)
}

/** A row that is there already although the batch's decisions say that it can't be. */
export function asBrokenInvariant(dialect: Dialect, error: unknown): unknown {
  if (!dialect.isDuplicate(error)) return error
  return new BrokenInvariant('the batch would write a row a second time', { cause: error })
}

/** The port's methods, each failing with `asFailure`. */
export function withFailures<Port extends object>(dialect: Dialect, port: Port): Port {
  const methods = Object.entries(port).map(([name, method]) => [
    name,
    async (...given: unknown[]) => {
      try {
        return await method(...given)
      } catch (error) {
        throw asFailure(dialect, error)
      }
    },
  ])
  return Object.fromEntries(methods)
}
