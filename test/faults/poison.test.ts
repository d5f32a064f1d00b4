// What can not be decided: commands that fail for good, and what only a newer server can read. Neither harms a neighbour.
import test from 'ava'
import { testServers } from '../support/servers.ts'
import { until } from '../support/until.ts'
import { exchangeOf } from './support/exchange.ts'
import { setStage } from './support/stage.ts'

const settings = { HOLD_TTL: '120s' }

test.serial(
  'poison in the middle of a batch is parked with its reason, its neighbours are decided in their order',
  async (t) => {
    const stage = await setStage(t, testServers(), { appServers: 2, shows: 1, settings })
    const [showId = ''] = stage.showIds
    const exchange = exchangeOf(t, stage)
    const ann = await stage.buyer()
    const poisoned = 'A-2-1'
    await stage.sql(`ALTER TABLE taken_seats ADD CONSTRAINT poison CHECK (seat_id <> '${poisoned}')`)
    const letGo = await stage.holdUp(showId)
    const commandIds: string[] = []
    const ask = async (seatId: string) => {
      const asked = await ann.reserve(showId, { seatIds: [seatId] }, { key: seatId, waitS: 0 })
      t.is(asked?.status, 202)
      commandIds.push(asked?.body.commandId)
    }
    for (const seatId of ['A-1-1', 'A-1-2', poisoned, 'A-1-3']) await ask(seatId)
    await exchange.put(showId, Buffer.from('no command at all'))
    for (const seatId of ['A-1-4', 'A-1-5']) await ask(seatId)
    await letGo()

    await until(async () => (await stage.decided(showId)).length === commandIds.length)
    const decided = await stage.decided(showId)
    t.deepEqual(
      decided.map(({ command_id: id }) => id),
      commandIds,
    )
    const outcomes = decided.map(({ entry }) => JSON.parse(entry).outcome)
    t.deepEqual(outcomes, ['accepted', 'accepted', 'parked', 'accepted', 'accepted', 'accepted'])
    const server = stage.servers.all[0]
    if (server === undefined) throw new Error('a stage has app servers')
    const { items } = (await stage.admin.get(server, '/v1/admin/parked')).body
    t.is(items.length, 2)
    for (const { reason } of items) t.truthy(reason)
    t.true(items.some(({ id }: { id: string }) => id === commandIds[2]))

    await stage.sql('ALTER TABLE taken_seats DROP CONSTRAINT poison')
    let paid = 0
    for (const row of await stage.sql("SELECT id FROM reservations WHERE state = 'held'"))
      if ((await ann.insist({ type: 'pay', showId, target: row.id })).status === 200) paid++
    await stage.conclude({
      injected: 'a command that the master refuses and a message that is none, in the middle of a batch',
      observed: `both parked: ${items.map(({ reason }: { reason: string }) => reason).join(' / ')}`,
      done: ['payments', paid, 5],
    })
  },
)

test.serial(
  'what only a newer server can decide is neither refused nor guessed: its partition waits, the others go on',
  async (t) => {
    const stage = await setStage(t, testServers(), { appServers: 2, shows: 4, settings })
    const exchange = exchangeOf(t, stage)
    const ann = await stage.buyer()
    const [envelope = '', machine = '', state = '', other = ''] = stage.showIds
    const holdOf = async (showId: string) => (await ann.reserve(showId, { seatIds: ['A-1-1'] }))?.body.id
    const held = { machine: await holdOf(machine), state: await holdOf(state) }
    const change = (column: string, value: unknown, id: string) =>
      stage.sql(`UPDATE reservations SET ${column} = ? WHERE id = ?`, [value, id])
    const [{ machine_version: version } = { machine_version: 0 }] = await stage.sql(
      'SELECT machine_version FROM reservations WHERE id = ?',
      [held.machine],
    )

    await change('machine_version', 99, held.machine)
    await change('state', 'unheard-of', held.state)
    await exchange.put(envelope, Buffer.from(JSON.stringify({ v: 99, commands: [{}] })))
    const paying = [
      ann.insist({ type: 'pay', showId: machine, target: held.machine }),
      ann.insist({ type: 'pay', showId: state, target: held.state }),
    ]
    const { connection } = exchange
    const givenUp = () =>
      stage.servers.all.reduce((sum, { count }) => sum + count(/only a newer server can decide this/g), 0)
    const rounds = 2 * 3
    await until(() => givenUp() >= rounds, 60_000)
    const elsewhere = await ann.reserve(other, { seatIds: ['A-1-1'] })
    t.is(elsewhere?.status, 201, 'the other partitions go on')
    for (const showId of [envelope, machine, state])
      t.is((await stage.decided(showId)).length, showId === envelope ? 0 : 1, 'nothing was decided meanwhile')
    t.is((await connection.queuePurge({ queue: exchange.queueOf(envelope) })).messageCount, 1)
    await change('machine_version', version, held.machine)
    await change('state', 'held', held.state)

    for (const paid of await Promise.all(paying)) t.is(paid.status, 200, JSON.stringify(paid.body))
    const late = await ann.insist({
      type: 'reserve',
      showId: envelope,
      target: envelope,
      body: { showId: envelope, seatIds: ['A-1-1'] },
    })
    t.is(late.status, 201)
    for (const [showId, target] of [
      [other, elsewhere?.body.id],
      [envelope, late.body.id],
    ])
      t.is((await ann.insist({ type: 'pay', showId, target })).status, 200)
    await stage.conclude({
      injected: 'an envelope of version 99, a machine of version 99, a snapshot with an unknown state',
      observed: `the partitions given up ${givenUp()} times, loudly; nothing decided until it was readable`,
      done: ['payments', 4, 4],
    })
  },
)
