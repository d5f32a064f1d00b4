// What is looked after once a second, where a part of it fails.
import test from 'ava'
import { Caretaker, type CaretakerParts } from '../../engine/caretaker.ts'
import type { Consumer } from '../../engine/consumer.ts'
import { Transient } from '../../engine/failures.ts'
import { silentLog } from '../support/silent-log.ts'

test('a partition that the master keeps waiting does not keep the others from being looked after', async (t) => {
  const woken: number[] = []
  const nudged: number[] = []
  const stop = new AbortController()
  const parts: Omit<CaretakerParts, 'machines'> = {
    broker: { publish: async (partition) => void woken.push(partition) },
    ownership: {
      async heartbeat(partition) {
        if (partition === 0) throw new Transient('the row is locked')
        return true
      },
      hasOverdue: async () => true,
      silentPartitions: async () => [3],
      raiseEpoch: async () => 1,
    },
    relay: { nudge: (partition) => void nudged.push(partition) },
    clock: { now: () => 1, sleep: async () => stop.abort() },
    log: silentLog,
    holdGraceMs: 1,
  }
  const caretaker = new Caretaker({
    ...parts,
    machines: { refresh: async () => {} },
  } as unknown as CaretakerParts)
  const owned = [0, 1, 2].map((partition) => ({
    partition,
    tenure: { partition, epoch: 1 },
    waitingSince: null,
  }))
  await caretaker.run(owned as unknown as Consumer[], stop.signal)
  t.deepEqual(nudged, [1, 2])
  t.deepEqual(woken, [1, 2, 3])
})
