// What a wake-up costs that finds nothing to end: quiet partitions get one every few seconds.
import test from 'ava'
import { handle } from '../../engine/handle.ts'
import { Machines } from '../../engine/machines.ts'
import type { BatchTransaction } from '../../engine/ports.ts'
import { ShowMemory } from '../../engine/show-memory.ts'
import { Shows } from '../../engine/shows.ts'
import { SimulatedMaster } from '../simulation/master/master.ts'

const now = Date.UTC(2030, 0, 1)

test('a wake-up that finds nothing overdue writes nothing, and is no batch to the stages', async (t) => {
  const master = new SimulatedMaster(1, { after: () => {}, now: () => now })
  const tenure = { partition: 0, epoch: await master.raiseEpoch(0, 'alpha', now) }
  let writes = 0
  const watched = (transaction: BatchTransaction): BatchTransaction => ({
    ...transaction,
    write: (changes) => {
      writes++
      return transaction.write(changes)
    },
  })
  const stages: string[] = []
  const decider = {
    master: {
      transaction: <T>(work: (transaction: BatchTransaction) => Promise<T>) =>
        master.transaction((transaction) => work(watched(transaction))),
    },
    claims: { claimed: async () => new Map<string, string>() },
    clock: { now: () => now },
    machines: new Machines(master),
    shows: new Shows(master),
    memory: new ShowMemory(),
    holdGraceMs: 0,
    stopwatch: {
      now: () => now,
      took: (stage: string) => void stages.push(stage),
      decided: () => void stages.push('decided'),
    },
  }
  const { entries, answers } = await handle(decider, tenure, [{ kind: 'wake', delivery: 1, until: now }])
  t.deepEqual({ entries, answers, writes, stages }, { entries: [], answers: [], writes: 0, stages: [] })

  await handle(decider, tenure, [
    { kind: 'wake', delivery: 2, until: now },
    { kind: 'unreadable', delivery: 2, bytes: Buffer.from('?'), reason: 'no command' },
  ])
  t.is(writes, 1)
  t.deepEqual(stages, ['load', 'step', 'write', 'commit', 'decided'])
})
