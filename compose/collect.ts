import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Once a thread has started: what it read and compiled for that is half of what its heap holds, and V8 by itself would let it lie
 * until as much again has come.
 */
export function collectWhatTheStartLeft(): void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
}
