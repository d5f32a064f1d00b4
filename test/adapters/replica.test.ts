// Look-ups on a real replica: never behind for who brings a commit point, and routed around when it is slow, stuck or gone.
import test from 'ava'
import { systemClock } from '../../adapters/clock/system.ts'
import { openMaster, type WholeMaster } from '../../adapters/master/master.ts'
import { openReplica } from '../../adapters/replica/replica.ts'
import { limits } from '../../engine/limits.ts'
import type { Replica } from '../../engine/ports.ts'
import { type Database, follow, startMaster, startReplica } from '../../ops/servers/mariadb.ts'
import { silentLog } from '../support/silent-log.ts'
import { until } from '../support/until.ts'

let primary: Database
let server: Database
let master: WholeMaster
let replica: Replica
const closing = new AbortController()

test.before(async () => {
  ;[primary, server] = await Promise.all([startMaster(), startReplica()])
  await follow(server, primary)
  master = await openMaster({ url: primary.url, partitions: 1 })
  const options = { url: server.url, masterUrl: primary.url, clock: systemClock, log: silentLog }
  replica = await openReplica(options)
  void beat()
})
test.after.always(async () => {
  closing.abort()
  await Promise.all([replica?.close(), master?.close()])
  await Promise.all([primary?.server.stop(), server?.server.stop()])
})
test.beforeEach(() => until(() => replica.status().state === 'up', 30_000))

/** As the servers of a deployment do. */
async function beat(): Promise<void> {
  while (!closing.signal.aborted) {
    await master.servers
      .report({ server: 'one', partitions: [], machines: [] }, systemClock.now())
      .catch(() => {})
    await systemClock.sleep(limits.sweepIntervalMs, closing.signal)
  }
}

const write = (id: string): Promise<void> => master.createConcert({ id, name: id, description: '' })

/** By who brings no commit point. */
const isFound = async (id: string): Promise<boolean> =>
  (await (await replica.lookUps(null)).concert(id)) !== null

const took = async (work: Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work
  return performance.now() - began
}

test.serial(
  'what was written a moment ago may be missing, and never is for who brings the commit point',
  async (t) => {
    const rounds = 300
    let stale = 0
    let missing = 0
    let waitedMs = 0
    for (let round = 0; round < rounds; round++) {
      await write(`without-${round}`)
      if (!(await isFound(`without-${round}`))) stale++
      await write(`with-${round}`)
      const commitPoint = await replica.commitPoint()
      const began = performance.now()
      const lookUps = await replica.lookUps(commitPoint)
      waitedMs += performance.now() - began
      if ((await lookUps.concert(`with-${round}`)) === null) missing++
    }
    t.log(`${stale} of ${rounds} stale without, none with; waited ${(waitedMs / rounds).toFixed(2)} ms each`)
    t.is(missing, 0)
    t.is(replica.status().state, 'up')
  },
)

test.serial(
  'who brings a commit point waits for the replica, and then for the master no longer than the limit',
  async (t) => {
    await server.asRoot('STOP REPLICA SQL_THREAD')
    await write('new')
    const commitPoint = await replica.commitPoint()
    t.false(await isFound('new'), 'the replica is behind, and answers who does not mind')

    const fromMaster = replica.lookUps(commitPoint)
    const waitedMs = await took(fromMaster)
    t.true(
      waitedMs >= limits.consistencyWaitMs - 50 && waitedMs < limits.consistencyWaitMs + 500,
      `${waitedMs} ms`,
    )
    t.truthy(await (await fromMaster).concert('new'))

    const fromReplica = replica.lookUps(commitPoint)
    await server.asRoot('START REPLICA SQL_THREAD')
    t.true((await took(fromReplica)) < limits.consistencyWaitMs)
    t.truthy(await (await fromReplica).concert('new'))
  },
)

test.serial(
  'many who wait for the replica at once wait no longer, and nobody takes it for dead',
  async (t) => {
    await server.asRoot('STOP REPLICA SQL_THREAD')
    await write('crowd')
    const commitPoint = await replica.commitPoint()
    const crowd = Array.from({ length: 100 }, () => replica.lookUps(commitPoint))
    t.true((await took(Promise.all(crowd))) < limits.consistencyWaitMs + 500)
    await systemClock.sleep(limits.replicaProbeIntervalMs)
    t.is(replica.status().state, 'up')
    t.true((await took(isFound('crowd'))) < 200)
    await server.asRoot('START REPLICA SQL_THREAD')
  },
)

for (const thread of ['IO_THREAD', 'SQL_THREAD'] as const)
  test.serial(
    `a replica whose ${thread} stands still is known to be behind, and routed around`,
    async (t) => {
      await server.asRoot(`STOP REPLICA ${thread}`)
      const stopped = systemClock.now()
      await write(`after ${thread}`)
      await until(() => (replica.status().lagMs ?? 0) > 2_000)
      t.is(replica.status().state, 'up')
      const { asOf } = await replica.lookUps(null)
      t.true(asOf <= stopped, 'look-ups tell how old they are')

      await until(() => replica.status().state === 'lagging')
      const noticedMs = systemClock.now() - stopped
      t.log(`noticed ${noticedMs} ms after it stood still`)
      t.true(noticedMs < limits.replicaLagMaxMs + 4_000)
      t.true(await isFound(`after ${thread}`))
      t.regex((await replica.check())[0] ?? '', /^The replica is \d+ ms behind: look-ups go to the master\.$/)

      await server.asRoot(`START REPLICA ${thread}`)
      await until(() => replica.status().state === 'up')
      t.true((replica.status().lagMs ?? Number.NaN) < 1_000)
    },
  )

for (const [what, breakIt, mendIt] of [
  ['is killed', (server) => server.end('SIGKILL'), (server) => server.start()],
  ['says nothing any more', (server) => server.signal('SIGSTOP'), (server) => server.signal('SIGCONT')],
] as readonly [string, ...((server: Database['server']) => Promise<void> | void)[]][])
  test.serial(
    `while a replica ${what} the master answers, and the replica again once it is back`,
    async (t) => {
      await write(`before it ${what}`)
      await until(() => isFound(`before it ${what}`))
      await breakIt?.(server.server)
      let slowestMs = 0
      await until(async () => {
        slowestMs = Math.max(slowestMs, await took(isFound(`before it ${what}`)))
        return replica.status().state === 'down'
      })
      t.log(`the slowest look-up until it was known took ${slowestMs.toFixed()} ms`)
      const limitMs = limits.replicaProbeIntervalMs + limits.replicaProbeTimeoutMs
      t.true(slowestMs < limitMs + 500, `${slowestMs} ms`)
      t.true((await took(isFound(`before it ${what}`))) < 200)
      await write(`while it ${what}`)
      t.true(await isFound(`while it ${what}`))
      await t.throwsAsync(replica.check(), { message: /can not be used/ })

      await mendIt?.(server.server)
      await until(() => replica.status().state === 'up', 30_000)
      await until(() => isFound(`while it ${what}`))
    },
  )

test.serial('a replica that takes writes is told to the operator', async (t) => {
  t.deepEqual(await replica.check(), [])
  await server.asRoot('SET GLOBAL read_only = OFF')
  t.teardown(() => server.asRoot('SET GLOBAL read_only = ON'))
  t.deepEqual(await replica.check(), [
    'The replica has read_only=OFF and should have ON: it could come to differ from its master.',
  ])
})

test.serial('without the master the replica goes on', async (t) => {
  await write('kept')
  await until(() => isFound('kept'))
  await primary.server.end('SIGKILL')
  const gone = systemClock.now()
  while (systemClock.now() < gone + limits.replicaLagMaxMs + 2_000) {
    t.true(await isFound('kept'))
    await systemClock.sleep(500)
  }
  t.is(replica.status().state, 'up')
})
