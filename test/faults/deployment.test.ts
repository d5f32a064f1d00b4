// The whole deployment under load, behind its load balancer: replaced server by server with the next release, then with its
// replica as the master. The tests share one stack, since a start takes a while.
import test from 'ava'
import hall from '../../data/riethsporthalle.seating-plan.json' with { type: 'json' }
import { activateMachine } from '../../ops/activate-machine.ts'
import { installMissingServers, loadBalancer } from '../../ops/servers/install.ts'
import { promote } from '../../ops/stack/promote.ts'
import { runSeed } from '../support/seed.ts'
import { StackStage, startOwnStack } from '../support/stack-stage.ts'
import { until } from '../support/until.ts'
import type { Buyer } from './support/buyer.ts'
import { startLoad } from './support/load.ts'
import { nextMachine, nextRelease, type Release } from './support/next-release.ts'
import { conclude } from './support/outcome.ts'
import { partitionsOf, type Sight, watchMasters, watchServers } from './support/watch.ts'

/** More than what happens between a hold and its end takes on a busy machine. */
const holdTtlMs = 20_000
const buyers = 12
const shows = 4
const patienceMs = 60_000
const reservationsOfNext = 10

/** On which a load can go on for as long as it must. */
class Sale extends StackStage {
  get onSale(): readonly string[] {
    return this.showIds.slice(-shows)
  }

  async putOnSale(count: number): Promise<void> {
    for (let opened = 0; opened < count; opened++)
      await this.openShow({ showId: `show-${this.showIds.length + 1}`, plan: hall })
  }

  /** How many reservations there are of each version of their machine. */
  async versions(): Promise<ReadonlyMap<number, number>> {
    const rows = await this.sql(
      'SELECT machine_version AS version, COUNT(*) AS count FROM reservations GROUP BY machine_version',
    )
    return new Map(rows.map(({ version, count }) => [Number(version), Number(count)]))
  }
}

let sale: Sale
let release: Release
test.before(async () => {
  await installMissingServers(console.error, loadBalancer)
  release = nextRelease()
  const stack = await startOwnStack({ HOLD_TTL: `${holdTtlMs}ms`, SEAT_LIMIT: '50' })
  sale = new Sale(stack, runSeed)
  await sale.putOnSale(shows)
})
test.after.always(async () => {
  await sale?.stop()
  await release?.remove()
})

test.serial(
  'under load the app servers are replaced one by one: nobody is cut off, and a new version of a machine begins when it is activated',
  async (t) => {
    t.timeout(300_000)
    const { stack } = sale
    const load = await startLoad(sale, buyers)
    await load.more(10)

    const watch = await watchServers(stack)
    const began = performance.now()
    const before = load.done.paid
    const replacing = stack.restartInTurn({ main: release.main })
    replacing.catch(() => {})
    const isRegistered = async () =>
      (await sale.sql("SELECT 1 FROM machines WHERE name = 'reservation' AND version = 2")).length > 0
    await Promise.race([replacing, until(isRegistered, patienceMs)])
    const tooEarly = await t.throwsAsync(activateMachine(stack.masterUrl, nextMachine))
    t.regex(tooEarly?.message ?? '', /cannot run reservation@2: finish the upgrade first/)
    await replacing
    const tookMs = performance.now() - began
    const paidMeanwhile = load.done.paid - before
    for (const [name, sights] of await watch.stop()) judgeLeaving(name, sights)

    await load.more(5)
    t.deepEqual([...(await sale.versions()).keys()], [1], 'the new version is dormant')

    const [ann] = (await sale.buyers(1)) as [Buyer]
    const showId = sale.onSale[0] ?? ''
    const held = await Promise.all(
      ['pay', 'cancel', 'let go'].map(async () => {
        const body = { showId, bestAvailable: { count: 1 } }
        return (await ann.insist({ type: 'reserve', showId, target: showId, body })).body.id
      }),
    )
    t.is(await activateMachine(stack.masterUrl, nextMachine), 3)
    await until(async () => (await sale.versions()).has(2), patienceMs)
    const paid = await ann.insist({ type: 'pay', showId, target: held[0] })
    const cancelled = await ann.insist({ type: 'cancel', showId, target: held[1] })
    t.deepEqual([paid.status, cancelled.status], [200, 200])
    while (((await sale.versions()).get(2) ?? 0) < reservationsOfNext) await load.more(1)
    await load.stop()

    const done = ['payments while servers were replaced', paidMeanwhile, 20] as const
    const seen = [...sale.statuses].filter(([status]) => status === '503' || status === 'none')
    const { master } = await conclude(t, sale, {
      injected: `three app servers replaced by the next release, ${nextMachine} activated when all knew it`,
      observed:
        `took ${Math.round(tookMs)} ms; requests cut off or told 503: ${JSON.stringify(seen)}; ` +
        `reservations by version: ${JSON.stringify([...(await sale.versions())])}`,
      done,
    })
    const ends = held.map((id) => {
      const entries = master.journal.filter(({ subjectId }) => subjectId === id)
      t.deepEqual(new Set(entries.map((row) => JSON.parse(row.entry).machine)), new Set(['reservation@1']))
      return JSON.parse(entries.at(-1)?.entry ?? '{}').to
    })
    t.deepEqual(ends, ['paid', 'cancelled', 'expired'])
    t.is(sale.statuses.get('none') ?? 0, 0, 'no request was cut off')
    for (const [status] of sale.statuses) t.true(Number(status) < 500 || status === '503', status)

    function judgeLeaving(name: string, sights: readonly Sight[]): void {
      const saidNo = sights.find(({ status }) => status === 503)
      const outOfTurn = sights.find(({ isInTurn }) => !isInTurn)
      const gone = sights.find(({ status }) => status === null)
      t.truthy(gone, `${name} was gone for a while`)
      t.true((saidNo?.at ?? Infinity) < (gone?.at ?? 0), `${name} said that it was not ready, then went`)
      t.true((outOfTurn?.at ?? Infinity) < (gone?.at ?? 0), `${name} got no more requests, then went`)
      t.is(sights.at(-1)?.status, 200, `${name} is back`)
    }
  },
)

test.serial(
  'under load the replica becomes the master: the old one is closed first, and nothing that was told is lost',
  async (t) => {
    t.timeout(300_000)
    const { stack } = sale
    const { master, replica } = stack.services
    const statusOf = async (name: string) => {
      const names = ['master', 'source'].map((each) => `'Rpl_semi_sync_${each}_${name}'`)
      return (await master.asRoot(`SHOW GLOBAL STATUS WHERE Variable_name IN (${names})`))[0]?.Value
    }

    const load = await startLoad(sale, buyers)
    await load.more(20)
    const watch = await watchMasters(master, replica)
    const paidBefore = load.done.paid
    const before = await partitionsOf(master)
    // On a busy machine the replica may now and then need longer than the second that the deployment grants it.
    await until(async () => (await statusOf('status')) === 'ON', patienceMs)
    const degraded = await statusOf('no_times')
    const closingAt = Date.now()
    const { partitions, tookMs } = await promote(stack)
    const paidMeanwhile = load.done.paid - paidBefore
    await load.more(20)
    await load.stop()
    const { closedAt, openedAt, ...seen } = await watch.stop()

    t.true(
      0 < closedAt && closedAt < openedAt && openedAt < Infinity,
      `the old master took its last write at ${closedAt}, the new one its first at ${openedAt}`,
    )
    await t.throwsAsync(master.asRoot('SELECT 1'))
    for (const { id, epoch, stamp } of before) {
      const sights = seen.partitions.filter((sight) => sight.id === id)
      const jumped = sights.find((sight) => sight.epoch >= epoch + 1_000_000)
      t.true(
        (jumped?.stamp ?? 0) > Math.max(stamp, closingAt),
        `epoch and stamp of partition ${id} jumped ahead`,
      )
      const isBack = sights.some((sight, index) => sight.stamp < (sights[index - 1]?.stamp ?? 0))
      t.false(isBack, `the stamp of partition ${id} never goes back`)
    }
    await conclude(t, sale, {
      injected:
        `the master closed with -9 under load (semi-synchronous, degraded ${degraded} times before), ` +
        `its replica promoted; ${partitions} partitions jumped ahead`,
      observed:
        `app servers on the new master after ${Math.round(tookMs)} ms, ${paidMeanwhile} paid meanwhile; ` +
        `the old one was closed ${Math.round(openedAt - closedAt)} ms before the new one took writes`,
      done: ['payments', load.done.paid, 40],
    })
  },
)
