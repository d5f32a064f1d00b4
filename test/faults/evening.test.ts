// The evening as a whole: two thousand guests, a hall of 1,222 seats, three app servers behind the load balancer, a line at the door;
// one server is killed, another one sleeps for a while. Then the auditor, and each seat's history as the guests saw it.
import test from 'ava'
import { installMissingServers, loadBalancer } from '../../ops/servers/install.ts'
import { playOut } from '../evening/evening.ts'
import { arrivalOf, holdTtlMs, room, summary } from '../evening/play.ts'
import { setEveningStage } from '../evening/stage.ts'
import { checkSeats } from '../linearizability/histories.ts'
import { runSeed } from '../support/seed.ts'
import { conclude } from './support/outcome.ts'

const buyers = 2_000
const seats = 1_222
/** A few guests who let their hold run out, and nobody came back for their seats. */
const soldAtLeast = 1_000

test.serial(
  'an evening with 2,000 guests for 1,222 seats: no seat is sold twice, nothing that was told is lost, and every seat’s history has an order',
  async (t) => {
    t.timeout(300_000)
    await installMissingServers(console.error, loadBalancer)
    const stage = await setEveningStage({ seats, seed: runSeed, holdTtlMs, room })
    t.teardown(() => stage.stop())
    const { tookMs, ends, faults } = await playOut(stage, {
      buyers,
      arrivalMs: arrivalOf(buyers),
      say: t.log,
    })
    for (const line of summary(stage, tookMs)) t.log(line)
    const [sold] = await stage.sql("SELECT COUNT(*) AS count FROM taken_seats WHERE status = 'sold'")
    const evidence = await conclude(t, stage, {
      injected: faults.join('; '),
      observed: `the evening took ${Math.round(tookMs)} ms; ${[...ends].map(([end, count]) => `${count} × ${end}`).join(', ')}`,
      done: ['seats sold', Number(sold?.count), soldAtLeast],
    })
    t.is(evidence.master.seats.filter(({ status }) => status === 'held').length, 0)
    for (const end of ['paid', 'let go', 'given back'] as const) t.true((ends.get(end) ?? 0) > 0, end)

    const histories = checkSeats(stage.notes.requests, performance.timeOrigin)
    t.log(`${histories.operations} operations on ${histories.seats} seats are linearizable`)
    t.deepEqual(histories.violations, [])
    t.true(histories.operations >= seats)
  },
)
