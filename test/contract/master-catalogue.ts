// What a deployment is and what it sells: settings, versions of machines, venues, concerts, shows, and their figures.
import { inspect } from 'node:util'
import { HoldfastError } from '../../engine/errors.ts'
import { UnknownVersion } from '../../engine/failures.ts'
import { type Behaviour, makeShow, now, partitions, transfer } from './master-stage.ts'

export function catalogueContract(behaviour: Behaviour): void {
  // ── the deployment ──────────────────────────────────────────────────────────────────────────────────────

  behaviour.alone(
    'a deployment keeps the partitions and the key of its first start',
    async (t, { master, open }) => {
      const settings = await master.settings()
      t.is(settings.partitions, partitions)
      t.is(settings.reservationIdKey.length, 32)
      const another = await open(partitions)
      t.deepEqual(await another.settings(), settings)
      await another.close()
      const message = /set up with 128 partitions.*PARTITIONS=128, not 8/
      await t.throwsAsync(open(8), { message })
      t.deepEqual(await master.settings(), settings)
    },
  )

  behaviour(
    'the first version of a machine is active, a later one once it is activated',
    async (t, stage) => {
      const { master, own } = stage
      const name = own('machine')
      const versions = [1, 2].map((version) => ({ name, version, definitionHash: `hash${version}` }))
      await master.register(versions.slice(0, 1))
      t.is((await master.active()).get(name), 1)
      await master.register(versions)
      await master.register(versions)
      t.is((await master.active()).get(name), 1)
      await master.activate(name, 2)
      t.is((await master.active()).get(name), 2)
      await master.register(versions)
      t.is((await master.active()).get(name), 2)
      await master.activate(name, 1)
      t.is((await master.active()).get(name), 1)
    },
  )

  behaviour('servers that start at once agree on the versions', async (t, { master, own }) => {
    const machine = { name: own('machine'), version: 1, definitionHash: 'hash' }
    await Promise.all(Array.from({ length: 4 }, () => master.register([machine])))
    t.is((await master.active()).get(machine.name), 1)
  })

  behaviour(
    'a version that was shipped is never another one, and none is activated unseen',
    async (t, stage) => {
      const { master, own } = stage
      const machine = { name: own('machine'), version: 1, definitionHash: 'hash' }
      await master.register([machine])
      const edited = master.register([{ ...machine, definitionHash: 'other' }])
      await t.throwsAsync(edited, { instanceOf: UnknownVersion })
      await t.throwsAsync(master.activate(machine.name, 2), { instanceOf: UnknownVersion })
      t.is((await master.active()).get(machine.name), 1)
    },
  )

  behaviour('the master can be used', async (t, { master, replica }) => {
    await t.notThrowsAsync(master.check())
    await t.notThrowsAsync(replica.check())
  })

  // ── venues, concerts, shows ─────────────────────────────────────────────────────────────────────────────

  behaviour('a show is read as it was made, with the plan of its venue', async (t, { master, own }) => {
    const { startsAt: _, ...show } = await makeShow(master, { id: own('show'), hasWaitingRoom: false })
    t.like(await master.show(show.id), show)
    t.deepEqual(await master.plan(show.venueId), { name: 'Hall', zones: [] })
    t.is(await master.show(own('unknown')), null)
    t.is(await master.plan(own('unknown')), null)
  })

  behaviour('the same again changes nothing, other content under an id is refused', async (t, stage) => {
    const { master, own } = stage
    const show = await makeShow(master, { id: own('show') })
    await makeShow(master, { id: own('show'), prices: { Balcony: 3_000, Stalls: 5_000 } })

    const venue = { id: show.venueId, name: 'Hall', seatCount: 3, plan: { name: 'Hall', zones: [] } }
    const concert = { id: show.concertId, name: 'The Band', description: '' }
    const others = [
      () => master.createVenue({ ...venue, plan: { name: 'Hall', zones: [{}] } }),
      () => master.createVenue({ ...venue, seatCount: 4 }),
      () => master.createConcert({ ...concert, name: 'The band' }),
      () => master.createShow({ ...show, seatLimit: show.seatLimit + 1 }),
      () => master.createShow({ ...show, prices: { Stalls: 1 } }),
      () => master.createShow({ ...show, startsAt: show.startsAt + 1 }),
    ]
    for (const other of others) {
      const error = await t.throwsAsync<HoldfastError>(other, { instanceOf: HoldfastError })
      t.is(error?.code, 'already_exists')
    }
    t.is((await master.show(show.id))?.seatLimit, show.seatLimit)
  })

  behaviour('a show needs its concert and its venue', async (t, { master, own }) => {
    const show = await makeShow(master, { id: own('show') })
    for (const missing of [{ concertId: own('unknown') }, { venueId: own('unknown') }]) {
      const made = master.createShow({ ...show, id: own('next'), ...missing })
      const error = await t.throwsAsync<HoldfastError>(made, { instanceOf: HoldfastError })
      t.is(error?.code, 'not_found')
    }
    t.is(await master.show(own('next')), null)
    t.is(await master.seatMap(own('next')), null)
  })

  behaviour('what the database refuses is told without what it was', async (t, stage) => {
    const { master, own, reservation, write } = stage
    const secret = 'planted-secret'
    const refused = [
      () => master.createConcert({ id: own('c'), name: null as never, description: secret }),
      () => write({ reservationsMade: [reservation({ state: null as never, context: secret })] }),
    ]
    for (const attempt of refused) {
      const error = await t.throwsAsync(attempt)
      t.notRegex(inspect(error, { depth: 9, showHidden: true }), /planted-secret/)
    }
  })

  behaviour('ids of the catalogue are told apart byte by byte', async (t, { master, replica, own }) => {
    const lookUps = await replica.lookUps(null)
    const ids = ['Abc', 'abc', 'Abc ', 'Äbc'].map((id) => `${own('')}${id}`)
    for (const id of ids) await master.createConcert({ id, name: id, description: '' })
    for (const id of ids) t.is((await lookUps.concert(id))?.name, id)
    t.is(await lookUps.concert(`${own('')}ABC`), null)
  })

  // ── look-ups ────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('concerts are listed by id, page by page', async (t, { master, replica, own }) => {
    const lookUps = await replica.lookUps(null)
    const ids = ['a', 'b', 'c'].map(own)
    for (const id of ids) await master.createConcert({ id, name: 'N', description: '<b>D</b>' })
    const all = (await lookUps.concerts(10_000)).map(({ id }) => id)
    t.deepEqual(
      all.filter((id) => ids.includes(id)),
      ids,
    )
    const [next] = await lookUps.concerts(1, ids[1])
    t.true(next !== undefined && next.id > (ids[1] ?? ''))
    t.deepEqual(await lookUps.concert(own('a')), { id: own('a'), name: 'N', description: '<b>D</b>' })
    t.is(await lookUps.concert(own('unknown')), null)
  })

  behaviour('the shows of a concert come earliest first, page by page', async (t, stage) => {
    const { master, replica, own } = stage
    const lookUps = await replica.lookUps(null)
    const concertId = own('tour')
    const dates = { d: now + 1, a: now + 2, c: now + 2, b: now + 3 }
    for (const [id, startsAt] of Object.entries(dates))
      await makeShow(master, { id: own(id), concertId, startsAt })
    await makeShow(master, { id: own('elsewhere') })
    const first = await lookUps.showsOf(concertId, 3)
    const rest = await lookUps.showsOf(concertId, 3, first.at(-1))
    t.deepEqual(
      [first, rest].map((page) => page.map(({ id }) => id)),
      [[own('d'), own('a'), own('c')], [own('b')]],
    )
    const middle = await lookUps.showsOf(concertId, 3, first[1])
    t.is(middle[0]?.id, own('c'))
  })

  behaviour('anybody may see a show with its rules, its state and its revision', async (t, stage) => {
    const { replica, showId, head, write } = stage
    const lookUps = await replica.lookUps(null)
    await write({ shows: [head({ state: 'paused', seq: 1, position: 8, seatsRevision: 6 })] })
    t.deepEqual(await lookUps.show(showId), {
      id: showId,
      concertId: `concert-of-${showId}`,
      venueId: `venue-of-${showId}`,
      startsAt: now + 9_000,
      opensAt: now - 1_000,
      closesAt: now + 8_000,
      currency: 'EUR',
      prices: { Stalls: 5_000, Balcony: 3_000 },
      hasWaitingRoom: true,
      holdTtlMs: 480_000,
      seatLimit: 4,
      extensionMs: 60_000,
      extensionsMax: 1,
      refundableUntil: 0,
      state: 'paused',
      revision: 6,
    })
    t.is(await lookUps.show('unknown'), null)
    t.is((await lookUps.venue(`venue-of-${showId}`))?.seatCount, 3)
    t.is(await lookUps.venue('unknown'), null)
  })

  behaviour('the dashboard counts what a show has sold', async (t, stage) => {
    const { master, replica, showId, own, reservation, write } = stage
    const lookUps = await replica.lookUps(null)
    const ann = own('ann')
    await master.charge({ id: own('charge'), userId: ann, amount: 10_000, at: now })
    const states = ['held', 'held', 'paid', 'rejected']
    const seats = ['held', 'sold'] as const
    await write({
      reservationsMade: states.map((state, index) => reservation({ id: `${showId}.${index}`, state })),
      seatsTaken: seats.map((status) => ({ showId, seatId: status, reservationId: 'r', status })),
      ledger: [transfer(own('pay'), ann, showId, -5_000), transfer(own('back'), ann, showId, 2_000)],
      parked: [{ id: own('parked'), showId, reason: 'r', body: Buffer.of(), at: now }],
    })
    const figuresOf = async (id: string) =>
      (await lookUps.dashboard(1_000)).find((each) => each.showId === id)
    t.deepEqual(await figuresOf(showId), {
      showId,
      concertId: `concert-of-${showId}`,
      startsAt: now + 9_000,
      state: 'open',
      currency: 'EUR',
      reservations: { held: 2, paid: 1, rejected: 1 },
      seats: { free: 1, held: 1, sold: 1, blocked: 0 },
      revenue: 3_000,
      parked: 1,
    })

    const quiet = await makeShow(master, { id: `${showId}0` })
    const nothing = {
      reservations: {},
      revenue: 0,
      parked: 0,
      seats: { free: 3, held: 0, sold: 0, blocked: 0 },
    }
    t.like(await figuresOf(quiet.id), nothing)
    const [next] = await lookUps.dashboard(1, showId)
    t.is(next?.showId, quiet.id)
  })

  behaviour('look-ups say of what time they speak', async (t, { replica }) => {
    t.is((await replica.lookUps(null)).asOf, now)
    t.deepEqual(replica.status(), { state: 'up', lagMs: 0 })
    t.deepEqual(await replica.check(), [])
  })

  behaviour('look-ups show what was committed before a commit point', async (t, { master, replica, own }) => {
    await master.createConcert({ id: own('new'), name: 'N', description: '' })
    const lookUps = await replica.lookUps(await replica.commitPoint())
    t.is((await lookUps.concert(own('new')))?.name, 'N')
  })
}
