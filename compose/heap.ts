// What V8 does with a heap that has little to do.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * In a lull V8 collects, and by itself for the least memory: its young generation shrinks, and hidden classes are dropped that
 * nothing uses just then (its MarkCompactCollector::RetainMaps). The next crowd finds such a server slower. With this it collects
 * as it does at other times. Node has it since 24.
 */
export const ordinaryInLulls = '--no-memory-reducer-favors-memory'

/**
 * Once a thread has started: says how V8 collects in lulls, and collects for the least memory, while no crowd has made anything
 * worth keeping. What was read and compiled for the start is half of what the first thread's heap holds then, and V8 by itself
 * would let it lie until as much again has come.
 */
export function tidyHeap(): void {
  if (Number.parseInt(process.versions.node, 10) >= 24) setFlagsFromString(ordinaryInLulls)
  setFlagsFromString('--expose-gc')
  const collect: (options: object) => void = runInNewContext('gc')
  collect({ type: 'major', flavor: 'last-resort' })
}
