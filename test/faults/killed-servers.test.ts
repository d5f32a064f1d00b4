// App servers that are killed, frozen and stopped in the middle of a sale, and the others that take over.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { createConnection } from 'mysql2/promise'
import { limits } from '../../engine/limits.ts'
import type { Address } from '../support/deployment.ts'
import { testServers } from '../support/servers.ts'
import { until } from '../support/until.ts'
import { startLoad } from './support/load.ts'
import { setStage } from './support/stage.ts'

const kills = 100
const inHandAtAStop = 8

const takesNobody = ({ address }: Address): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1', () => resolve(false))
    socket.on('error', () => resolve(true)).on('connect', () => socket.destroy())
  })

test.serial(
  'app servers killed a hundred times under load: what was accepted is decided once, and nothing is lost',
  async (t) => {
    const stage = await setStage(t, testServers(), { appServers: 4, shows: 4 })
    const { servers, random } = stage
    const load = await startLoad(stage, 16)
    const [from, began] = [load.done.paid, performance.now()]
    let lastStart: Promise<unknown> = Promise.resolve()
    for (let kill = 0; kill < kills; kill++) {
      t.timeout(300_000) // for each, and for what follows the last one
      await load.more(2)
      await sleep(random.between(0, 300)) // at any moment of anything, of another one's start too
      await servers.kill(random.pick(servers.all))
      const start = servers.start()
      await lastStart
      lastStart = start
    }
    await lastStart
    const [paid, tookS] = [load.done.paid - from, Math.round((performance.now() - began) / 1_000)]
    await load.more(10)
    await load.stop()
    await stage.conclude({
      injected: `kill -9 of one of two to four app servers ${kills} times in ${tookS} s under load, each another process`,
      observed: `${paid} paid meanwhile`,
      done: ['payments', load.done.paid, 2 * kills + 10],
    })
  },
)

test.serial(
  'a server that is frozen inside its transaction is replaced within ten seconds, and writes nothing when it wakes',
  async (t) => {
    const stage = await setStage(t, testServers(), { appServers: 2, shows: 4 })
    const { servers, showIds } = stage
    const [showId = ''] = showIds
    const ann = await stage.buyer()
    const ben = await stage.buyer()
    const held = await ann.insist({
      type: 'reserve',
      showId,
      target: showId,
      body: { showId, seatIds: ['A-1-1'] },
    })
    const sleeper = await stage.ownerOf(showId)
    const other = servers.all.find((each) => each !== sleeper)

    const lock = await createConnection(stage.urls.masterUrl)
    t.teardown(() => lock.end())
    await lock.query('START TRANSACTION')
    await lock.query('SELECT * FROM accounts WHERE user_id = ? FOR UPDATE', [ann.userId])
    const paying = ann.insist({ type: 'pay', showId, target: held.body.id, ...(other && { at: other }) })
    const locking = `SELECT COUNT(*) AS count FROM information_schema.processlist
    WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE '%accounts%FOR UPDATE%'`
    await until(async () => (await stage.sql(locking))[0]?.count > 0)
    sleeper.child.kill('SIGSTOP')
    servers.takeOut(sleeper)
    await lock.query('ROLLBACK')

    const began = performance.now()
    const taken = await ben.insist({
      type: 'reserve',
      showId,
      target: showId,
      body: { showId, seatIds: ['A-1-2'] },
    })
    const tookMs = performance.now() - began
    t.is(taken.status, 201, JSON.stringify(taken.body))
    t.true(tookMs < 10_000)
    t.is((await paying).status, 200)

    const newest = 'SELECT MAX(position) AS position FROM journal WHERE show_id = ?'
    const before = (await stage.sql(newest, [showId]))[0]?.position
    sleeper.child.kill('SIGCONT')
    await sleeper.says(/another server owns the partition now|the channel failed/)
    t.is((await stage.sql(newest, [showId]))[0]?.position, before, 'the sleeper wrote nothing')
    servers.putBack(sleeper)
    const body = { showId, seatIds: ['A-1-3'] }
    const late = await ben.insist({ type: 'reserve', showId, target: showId, body, at: sleeper })
    t.is(late.status, 201, 'and serves again')
    await stage.conclude({
      injected: 'SIGSTOP of the owner inside its open transaction, SIGCONT after its successor decided',
      observed: `the successor decided after ${tookMs.toFixed()} ms; the sleeper wrote nothing and serves again`,
      done: ['decisions told', stage.notes.requests.filter(({ told }) => told.is === 'decided').length, 4],
    })
  },
)

test.serial(
  'servers that are stopped in order under load answer what they accepted, and exit within their limit',
  async (t) => {
    // So long whoever had chosen a server before it was taken out may take to connect, as behind a load balancer.
    const settings = { STOP_DELAY: '500ms' }
    const stage = await setStage(t, testServers(), { appServers: 2, shows: 4, settings })
    const { servers } = stage
    const load = await startLoad(stage, 16)
    const ann = await stage.buyer()
    const tookMs: number[] = []
    for (let stop = 0; stop < 4; stop++) {
      const [oldest] = servers.all
      if (oldest === undefined) throw new Error('no app server is there')
      await servers.start()
      await load.more(8)
      const [showId = ''] = stage.onSale
      const decideAgain = await stage.holdUp(showId)
      const inHand = Array.from({ length: inHandAtAStop }, () =>
        ann.reserve(showId, { bestAvailable: { count: 1 } }, { at: oldest }),
      )
      servers.takeOut(oldest)
      const began = performance.now()
      const ended = once(oldest.child, 'exit')
      oldest.child.kill('SIGTERM')
      await until(() => takesNobody(oldest))
      await decideAgain()
      for (const heard of await Promise.all(inHand)) t.is(heard?.told.is, 'decided')
      const [code] = await ended
      t.is(code, 0, (await oldest.ended()).output)
      tookMs.push(Math.round(performance.now() - began))
    }
    await load.stop()
    t.true(Math.max(...tookMs) < limits.closeTimeoutMs + limits.stopTimeoutMs)
    t.is(stage.statuses.get('none') ?? 0, 0, 'no request was cut off')
    t.is(stage.statuses.get('503') ?? 0, 0, 'no request was turned away')
    await stage.conclude({
      injected: `SIGTERM to an app server under load, 4 times, after another one was started, ${inHandAtAStop} requests in hand`,
      observed: `they exited with 0 after ${tookMs} ms; no request was cut off or turned away`,
      done: ['payments', load.done.paid, 32],
    })
  },
)
