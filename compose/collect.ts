import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Once a thread has started. What was read and compiled for that is half of what the first thread's heap holds then, and V8 by
 * itself would let it lie until as much again has come.
 */
export function collectWhatTheStartLeft(): void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
}
