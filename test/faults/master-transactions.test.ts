// The master in the way of single transactions: deadlocks, lock waits, commits whose answer is lost, and a replica that
// stands still.
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { createConnection } from 'mysql2/promise'
import { startServers } from '../../ops/servers/start.ts'
import { testServers } from '../support/servers.ts'
import { wayTo } from '../support/way.ts'
import { startLoad } from './support/load.ts'
import { type Stage, setStage } from './support/stage.ts'

const retries = ({ servers }: Stage): number =>
  servers.all.reduce((sum, { count }) => sum + count(/retrying what may pass/g), 0)

test.serial(
  'batches that are chosen as victims of deadlocks, or wait for locks too long, are rolled back whole and tried again',
  async (t) => {
    const stage = await setStage(t, testServers(), { appServers: 2, shows: 2 })
    const load = await startLoad(stage, 8)
    const adversary = await createConnection(stage.urls.masterUrl)
    t.teardown(() => adversary.end())
    // Whoever has written more is not the victim.
    const heavy = `INSERT INTO refusals (at, show_id, user_id, command_id, code, seat_ids)
    SELECT 0, 'x', 'x', 'x', 'x', '[]' FROM information_schema.collations, information_schema.engines`
    const rounds = 12
    let victims = 0
    for (let round = 0; round < rounds; round++) {
      await load.more(2)
      await adversary.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
      await adversary.query('START TRANSACTION')
      await adversary.query(heavy)
      await adversary.query('SELECT * FROM accounts FOR UPDATE')
      await sleep(100)
      const before = retries(stage)
      try {
        // Against the engine's order: a batch that has its show waits for an account, and we for its show.
        if (round % 3 !== 0) await adversary.query('SELECT * FROM show_heads FOR UPDATE')
        else await sleep(3_000)
      } catch {
        victims++
      }
      await adversary.query('ROLLBACK')
      t.log(`round ${round}: ${retries(stage) - before} batches tried again`)
    }
    await load.more(4)
    await load.stop()
    const triedAgain = retries(stage)
    t.true(triedAgain >= 4, `${triedAgain} batches were tried again`)
    t.is(stage.statuses.get('500') ?? 0, 0)
    await stage.conclude({
      injected: `${rounds} transactions that lock against the engine's order, or for three seconds`,
      observed: `${triedAgain} batches rolled back and tried again, ${victims} times the adversary was the victim`,
      done: ['payments', load.done.paid, 2 * rounds + 4],
    })
  },
)

test.serial('connections that are cut during COMMIT leave no outcome unknown', async (t) => {
  const way = await wayTo(t, testServers().masterUrl)
  const stage = await setStage(t, testServers(), {
    appServers: 2,
    shows: 4,
    settingsOf: (_, urls) => ({ MASTER_URL: way.to(urls.masterUrl) }),
  })
  const load = await startLoad(stage, 8)
  const rounds = 20
  for (let round = 1; round <= rounds; round++) {
    way.cutAfter('COMMIT')
    await load.more(2)
  }
  await load.stop()
  t.true(way.cuts >= rounds - 1, `${way.cuts} cuts`)
  await stage.conclude({
    injected: `the connection cut after the server got COMMIT, ${way.cuts} times under load`,
    observed: `${retries(stage)} batches tried again and found by their command ids`,
    done: ['payments', load.done.paid, 2 * rounds],
  })
})

test.serial(
  'with a replica that stands still nobody reads what is stale: look-ups go to the master, and the dashboard says so',
  async (t) => {
    const services = await startServers()
    t.teardown(() => services.stop())
    const stage = await setStage(t, services, { appServers: 2, shows: 2 })
    const [showId = ''] = stage.showIds
    const [one, two] = stage.servers.all
    if (one === undefined || two === undefined) throw new Error('two app servers are needed')
    const ann = await stage.buyer()
    const load = await startLoad(stage, 4)
    await services.replica.asRoot('STOP REPLICA SQL_THREAD')
    const began = performance.now()
    const tookMs: number[] = []
    let states = new Set<string>()
    let held = 0
    for (let round = 1; performance.now() - began < 8_000 || round <= 10; round++) {
      const made = await ann.reserve(showId, { bestAvailable: { count: 1 } }, { at: one })
      if (made?.status !== 201) continue
      held++
      const own = await ann.look(`/v1/reservations/${made.body.id}`, two)
      t.is(own.body.state, 'held')
      const id = `concert-${round}`
      const written = await stage.admin.post(one, '/v1/admin/concerts', { id, name: id, description: '' })
      const token = written.headers.get('consistency-token') ?? ''
      const found = await stage.admin.get(two, `/v1/concerts/${id}`, { 'consistency-token': token })
      t.is(found.status, 200)
      tookMs.push(Math.round(found.tookMs))
      const { dependencies } = (await stage.admin.get(two, '/v1/admin/dashboard')).body
      states = new Set([
        ...states,
        dependencies.find(({ name }: { name: string }) => name === 'replica').state,
      ])
      t.is((await ann.insist({ type: 'cancel', showId, target: made.body.id })).status, 200)
    }
    t.true(states.has('down') || states.has('degraded'), [...states].join())
    t.true(Math.max(...tookMs) < 3_000, `${tookMs} ms`)
    await services.replica.asRoot('START REPLICA SQL_THREAD')
    await load.more(2)
    await load.stop()
    await stage.conclude({
      injected: 'the replica stopped applying for eight seconds',
      observed: `own reservations and look-ups with a token never stale, the slowest in ${Math.max(...tookMs)} ms; replica ${[...states].join(', then ')}`,
      done: ['reservations read back', held, 10],
    })
  },
)
