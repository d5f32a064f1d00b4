// App servers that die between two steps of the spine: each step is stopped on its way over the network, and there the
// server is killed.
import test from 'ava'
import { createConnection } from 'mysql2/promise'
import { itemsOf } from '../../engine/announcement.ts'
import { testServers } from '../support/servers.ts'
import { until } from '../support/until.ts'
import { wayTo } from '../support/way.ts'
import { exchangeOf } from './support/exchange.ts'
import { setStage } from './support/stage.ts'

const settings = { HOLD_TTL: '60s' }

function pair<T>([one, two]: readonly T[]): { one: T; two: T } {
  if (one === undefined || two === undefined) throw new Error('two are needed')
  return { one, two }
}

test.serial(
  'killed after the commit, before acknowledgement and announcement: decided once, announced by the successor',
  async (t) => {
    const way = await wayTo(t, testServers().amqpUrl)
    const stage = await setStage(t, testServers(), {
      appServers: 2,
      shows: 8,
      settings,
      settingsOf: (place, urls) => (place === 0 ? { AMQP_URL: way.to(urls.amqpUrl) } : {}),
    })
    const { one, two } = pair(stage.servers.all)
    const showId = await stage.showOf(one)
    const heard = await exchangeOf(t, stage).hear()
    const ann = await stage.buyer()
    const letGo = await stage.holdUp(showId)
    const wishes = ['A-1-1', 'A-1-2', 'A-1-3', 'A-1-4', 'A-1-5']
    const reserve = (seatId: string, waitS: number) =>
      ann.insist({
        type: 'reserve',
        showId,
        target: showId,
        body: { showId, seatIds: [seatId] },
        key: seatId,
        at: two,
        waitS,
      })
    for (const seatId of wishes)
      t.is(
        (await ann.reserve(showId, { seatIds: [seatId] }, { key: seatId, at: two, waitS: 0 }))?.status,
        202,
      )
    const arrived = `SELECT COUNT(*) AS count FROM information_schema.processlist
    WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE '%show_heads%FOR UPDATE%'`
    await until(async () => (await stage.sql(arrived))[0]?.count > 0)
    way.stop()
    await letGo()
    await until(async () => (await stage.decided(showId)).length === wishes.length)
    const before = await stage.decided(showId)
    const waiting = (await stage.sql('SELECT payload FROM outbox')) as { payload: string }[]
    t.is(waiting.flatMap(itemsOf).length, wishes.length)
    t.is(heard.length, 0)
    await stage.servers.kill(one)

    const ids: string[] = []
    for (const seatId of wishes) ids.push((await reserve(seatId, 10)).body.id)
    t.deepEqual(await stage.decided(showId), before, 'what was delivered again changed nothing')
    t.is(await stage.ownerOf(showId), two)
    await until(() => heard.flatMap(itemsOf).length >= wishes.length)
    t.deepEqual(
      heard.flatMap(itemsOf).map(({ subjectId }) => subjectId),
      ids,
    )
    t.true(heard.every(({ topic }) => topic === 'reservation.held'))
    for (const target of ids) t.is((await ann.insist({ type: 'pay', showId, target })).status, 200)
    await stage.conclude({
      injected: 'kill -9 after the commit of five commands, before their acknowledgement and announcements',
      observed:
        'delivered again, nothing changed, each announced by the successor, repeats got the first answers',
      done: ['payments', ids.length, wishes.length],
    })
  },
)

test.serial(
  'killed after an announcement was sent, before it was marked: announced again under the same id',
  async (t) => {
    const way = await wayTo(t, testServers().masterUrl)
    const stage = await setStage(t, testServers(), {
      appServers: 2,
      shows: 8,
      settings,
      settingsOf: (place, urls) => (place === 0 ? { MASTER_URL: way.to(urls.masterUrl) } : {}),
    })
    const { one, two } = pair(stage.servers.all)
    const showId = await stage.showOf(one)
    const heard = await exchangeOf(t, stage).hear()
    const ann = await stage.buyer()
    const stopped = way.stopBefore('delete from `outbox`')
    const held = await ann.reserve(showId, { seatIds: ['A-1-1'] }, { at: two })
    t.is(held?.status, 201)
    await stopped
    await until(() => heard.length > 0)
    t.is(heard.length, 1)
    await stage.servers.kill(one)
    await until(() => heard.length > 1)
    t.deepEqual(heard[1], heard[0])
    t.is((await ann.insist({ type: 'pay', showId, target: held?.body.id })).status, 200)
    await stage.conclude({
      injected: 'kill -9 after an announcement was confirmed, before its row was removed',
      observed: 'the successor announced it again, under the same id',
      done: ['payments', 1, 1],
    })
  },
)

test.serial('an announcement that commits after a later one is not passed over', async (t) => {
  const stage = await setStage(t, testServers(), { appServers: 2, shows: 1, settings })
  const [showId = ''] = stage.showIds
  const heard = await exchangeOf(t, stage).hear()
  const ann = await stage.buyer()
  const connections = await Promise.all([1, 2].map(() => createConnection(stage.urls.masterUrl)))
  t.teardown(() => Promise.all(connections.map((each) => each.end())))
  const { one: slow, two: quick } = pair(connections)
  const owners = await stage.owners()
  const owned = owners.indexOf((await stage.ownerOf(showId)).name)
  const insert = 'INSERT INTO outbox (id, partition_id, topic, show_id, payload) VALUES (?, ?, ?, ?, ?)'
  const row = (id: string) => [id, owned, 'reservation.held', showId, '{}']
  await slow.query('START TRANSACTION')
  await slow.query(insert, row('ninth'))
  await quick.query(insert, row('tenth'))
  await until(() => heard.some(({ id }) => id === 'tenth'))
  t.false(heard.some(({ id }) => id === 'ninth'))
  await slow.query('COMMIT')
  await until(() => heard.some(({ id }) => id === 'ninth'))
  const held = await ann.reserve(showId, { seatIds: ['A-1-1'] })
  const paid = await ann.insist({ type: 'pay', showId, target: held?.body.id })
  t.is(paid.status, 200)
  await until(() => heard.length >= 3)
  await stage.conclude({
    injected: 'row 9 of the outbox commits after row 10 was announced and removed',
    observed: 'row 9 was announced too',
    done: ['announcements', heard.length, 3],
  })
})
