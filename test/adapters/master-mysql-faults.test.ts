// What goes wrong between an app server and its master: nothing is half done, the engine is told to try again, and the
// next try works.
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { systemClock } from '../../adapters/clock/system.ts'
import { openMaster, type WholeMaster } from '../../adapters/master/master.ts'
import { FencedOut, Transient } from '../../engine/failures.ts'
import type { BatchChanges, Master } from '../../engine/ports.ts'
import { within } from '../../engine/within.ts'
import { type Database, startMaster } from '../../ops/servers/mariadb.ts'
import { ownMaster, ownSchema } from '../support/mysql-master.ts'
import { until } from '../support/until.ts'
import { wayTo } from '../support/way.ts'

const now = 1_800_000_000_000
const partition = 3

function changes(partition: number, epoch: number, command: string): BatchChanges {
  const journal = {
    showId: 'show',
    position: command.length,
    commandId: command,
    subjectId: command,
    seq: 1,
    entry: '{}',
    hash: Buffer.alloc(32),
  }
  return {
    partition,
    epoch,
    stamp: now,
    journal: [journal],
    shows: [],
    reservationsMade: [],
    reservationsChanged: [],
    seatsReleased: [],
    seatsSold: [],
    seatsTaken: [{ showId: 'show', seatId: command, reservationId: 'r', status: 'held' }],
    ledger: [],
    outbox: [],
    parked: [],
  }
}

const decide = (master: Master, epoch: number, command: string, at = partition) =>
  master.transaction(async (transaction) => {
    await transaction.fence(at)
    await transaction.write(changes(at, epoch, command))
  })

/** For the faults that leave the server as it is: each in a schema of its own. */
let shared: Database
test.before(async () => {
  shared = await startMaster()
})
test.after.always(() => shared?.server.stop())

let opening: Promise<unknown> = Promise.resolve()

/** One after the other, for all tests begin at once, and each makes a schema: whoever opens waits three seconds at most. */
function opened(t: ExecutionContext, url: string): Promise<WholeMaster> {
  const turn = opening.then(() => openMaster({ url, partitions: 8 }))
  opening = turn.catch(() => {})
  return turn.then((master) => {
    t.teardown(() => master.close())
    return master
  })
}

async function masterOnShared(t: ExecutionContext) {
  const { url } = await ownSchema(shared.url)
  const master = await opened(t, url)
  return { url, schema: new URL(url).pathname.slice(1), master }
}

const isTransient = (t: ExecutionContext, work: Promise<unknown>) =>
  t.throwsAsync(work, { instanceOf: Transient })

const answersSoon = (work: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    work.then(
      () => true,
      () => true,
    ),
    sleep(500, false),
  ])

test('servers that start at once on an empty schema all find it made, once', async (t) => {
  const { url } = await ownSchema(shared.url)
  const servers = await Promise.all(Array.from({ length: 3 }, () => openMaster({ url, partitions: 8 })))
  const keys = await Promise.all(servers.map((master) => master.settings()))
  t.deepEqual(keys[1], keys[0])
  t.deepEqual(keys[2], keys[0])
  await Promise.all(servers.map((master) => master.close()))
})

test('a server that died while it migrated does not keep the next one out', async (t) => {
  const { url, schema, master } = await masterOnShared(t)
  await shared.asRoot(`UPDATE ${schema}.knex_migrations_lock SET is_locked = 1`)
  const next = await openMaster({ url, partitions: 8 })
  t.deepEqual(await next.settings(), await master.settings())
  await next.close()
})

test('a connection that is lost inside a batch takes all of it along', async (t) => {
  const { schema, master } = await masterOnShared(t)
  const epoch = await master.raiseEpoch(partition, 'server', now)
  const cut = master.transaction(async (transaction) => {
    await transaction.fence(partition)
    await transaction.write(changes(partition, epoch, 'lost'))
    const connections = await shared.asRoot('SHOW PROCESSLIST')
    for (const { Id, db } of connections) if (db === schema) await shared.asRoot(`KILL ${Id}`)
  })
  await isTransient(t, cut)
  t.is(await master.findEntry('lost'), null)
  await decide(master, epoch, 'kept')
  t.truthy(await master.findEntry('kept'))
})

test('a commit whose answer is lost is found by its command', async (t) => {
  const { url } = await ownSchema(shared.url)
  const way = await wayTo(t, url)
  const master = await opened(t, way.to(url))
  const epoch = await master.raiseEpoch(partition, 'server', now)
  way.cutAfter('COMMIT')
  const error = await isTransient(t, decide(master, epoch, 'committed'))
  t.regex(error?.message ?? '', /outcome of a commit is unknown/)
  const found = await master.transaction((transaction) => transaction.findEntries(['committed']))
  t.true(found.has('committed'))
})

test('of two batches that wait for each other one is told to try again, and the other one goes on', async (t) => {
  const { master } = await masterOnShared(t)
  for (const userId of ['ann', 'ben']) await master.charge({ id: userId, userId, amount: 1, at: now })
  const bothHaveOne = Promise.withResolvers<void>()
  let waiting = 2
  const lock = (first: string, second: string) =>
    master.transaction(async (transaction) => {
      await transaction.loadBalances([first])
      if (--waiting === 0) bothHaveOne.resolve()
      await within(systemClock, 10_000, bothHaveOne.promise, undefined)
      await transaction.loadBalances([second])
    })
  const outcomes = await Promise.allSettled([lock('ann', 'ben'), lock('ben', 'ann')])
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
  t.is(failed.length, 1)
  t.true(failed[0]?.reason instanceof Transient)
})

test('a look at free seats blocks nobody who takes others', async (t) => {
  const { master } = await masterOnShared(t)
  const elsewhere = partition + 1
  const epoch = await master.raiseEpoch(elsewhere, 'server', now)
  await master.transaction(async (transaction) => {
    await transaction.fence(partition)
    const free = await transaction.loadTakenSeats('show', ['free'])
    t.is(free.size, 0)
    await t.notThrowsAsync(decide(master, epoch, 'another', elsewhere))
  })
})

test('a batch that waits for a lock too long is rolled back whole, also what it wrote before', async (t) => {
  const { master } = await masterOnShared(t)
  await master.charge({ id: 'ann', userId: 'ann', amount: 100, at: now })
  const epoch = await master.raiseEpoch(partition, 'server', now)
  await master.transaction(async (holder) => {
    await holder.loadBalances(['ann'])
    const entries = [
      { account: 'user:ann', amount: -10 },
      { account: 'revenue:show', amount: 10 },
    ]
    const ledger = [{ id: 'pay', kind: 'payment' as const, at: now, reference: 'r', entries }]
    const blocked = master.transaction(async (transaction) => {
      await transaction.fence(partition)
      await transaction.write({ ...changes(partition, epoch, 'blocked'), ledger })
    })
    await isTransient(t, blocked)
  })
  t.is(await master.findEntry('blocked'), null)
  t.is(await master.balance('ann'), 100)
  t.is((await master.transaction((transaction) => transaction.loadTakenSeats('show', 'all'))).size, 0)
})

test('a consumer that is put to sleep inside its batch loses its locks to its successor', async (t) => {
  const { master } = await masterOnShared(t)
  const epoch = await master.raiseEpoch(partition, 'sleeper', now)
  const asleep = Promise.withResolvers<void>()
  t.teardown(() => asleep.resolve()) // before the master is closed, which waits for its transaction
  const sleeper = master.transaction(async (transaction) => {
    await transaction.fence(partition)
    await asleep.promise
    await transaction.write(changes(partition, epoch, 'late'))
  })
  const since = Date.now()
  await until(() =>
    master.raiseEpoch(partition, 'successor', now).then(
      () => true,
      (error) => !(error instanceof Transient),
    ),
  )
  t.true(Date.now() - since < 10_000)
  asleep.resolve()
  await isTransient(t, sleeper)
  await t.throwsAsync(decide(master, epoch, 'late'), { instanceOf: FencedOut })
  await decide(master, epoch + 1, 'next')
  t.is(await master.findEntry('late'), null)
})

test('a master that takes no writes is noticed, and so is its return', async (t) => {
  const { database, master } = await ownMaster(t)
  const epoch = await master.raiseEpoch(partition, 'server', now)
  await database.asRoot('SET GLOBAL read_only = ON')
  await isTransient(t, master.check())
  await isTransient(t, decide(master, epoch, 'refused'))
  await database.asRoot('SET GLOBAL read_only = OFF')
  await t.notThrowsAsync(master.check())
  await decide(master, epoch, 'taken')
  t.is(await master.findEntry('refused'), null)
})

test('a master that is gone, and comes back, is tried again', async (t) => {
  const { database, master } = await ownMaster(t)
  const epoch = await master.raiseEpoch(partition, 'server', now)
  await decide(master, epoch, 'before')
  await database.server.end('SIGKILL')
  await isTransient(t, master.check())
  await isTransient(t, decide(master, epoch, 'during'))
  await isTransient(t, master.balance('ann'))
  await isTransient(t, master.show('show'))
  await database.server.start()
  await decide(master, epoch, 'after')
  t.truthy(await master.findEntry('before'))
  t.is(await master.findEntry('during'), null)
})

test('a master that says nothing is given up on, and used again once it speaks', async (t) => {
  const { database, master } = await ownMaster(t)
  const epoch = await master.raiseEpoch(partition, 'server', now)
  database.server.signal('SIGSTOP')
  await until(async () => !(await answersSoon(master.balance('ann'))))
  const since = Date.now()
  const stuck = [decide(master, epoch, 'stuck'), master.balance('ann')]
  for (const each of stuck) await isTransient(t, each)
  t.true(Date.now() - since < 15_000)
  database.server.signal('SIGCONT')
  await until(() =>
    decide(master, epoch, 'works').then(
      () => true,
      () => false,
    ),
  )
  t.truthy(await master.findEntry('works'))
})

test('connections that are given up while the master is frozen do no harm when they end', async (t) => {
  const { database, master } = await ownMaster(t)
  await Promise.all([master.balance('ann'), master.balance('ben'), master.silentPartitions(0)])
  database.server.signal('SIGSTOP')
  await master.close()
  await sleep(12_000)
  t.pass()
})

test('connections that nobody used for a while are made anew without a failure', async (t) => {
  const { master } = await masterOnShared(t)
  const epoch = await master.raiseEpoch(partition, 'server', now)
  for (const [index, pauseMs] of [0, 4_900, 5_100, 2_600].entries()) {
    await sleep(pauseMs)
    await decide(master, epoch, 'x'.repeat(index + 1))
  }
  t.pass()
})
