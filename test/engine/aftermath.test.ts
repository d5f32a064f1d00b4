// What follows a commit, of commands that were decided just now and of those that were decided before.
import test from 'ava'
import { Aftermath } from '../../engine/aftermath.ts'
import type { Command } from '../../engine/command.ts'
import { noStopwatch } from '../../engine/stages.ts'
import { commandOf, decideAll, masterWithSale, showId } from '../support/one-partition.ts'
import { silentLog } from '../support/silent-log.ts'

test('claims are released after a repeat too: at the door it has claimed anew what is free', async (t) => {
  const master = await masterWithSale()
  const reserve: Command = {
    ...commandOf('eve-1', 'cancel'),
    type: 'reserve',
    subjectId: `${showId}.eve.1`,
    seatIds: ['no such seat'],
  }
  const { handled } = await decideAll(master, [[reserve], [reserve]])
  t.is(master.tables.journal.length, 1)

  const released: unknown[] = []
  const aftermath = new Aftermath({
    answers: { send: async () => {} },
    claims: { release: async (...given) => void released.push(given) },
    decisions: master,
    projection: { apply: async () => 'applied', replace: async () => {} },
    relay: { nudge() {} },
    sweep: { wake() {} },
    log: silentLog,
    stopwatch: noStopwatch,
  })
  for (const each of handled) {
    aftermath.follow(0, [each])
    await aftermath.settled()
    t.deepEqual(released.splice(0), [[showId, [reserve.subjectId]]])
  }
})
