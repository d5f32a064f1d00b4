// What becomes of sessions when their users hold and pay, on the embedded store and SQLite.
import test, { type ExecutionContext } from 'ava'
import { EmbeddedAnnouncer } from '../../adapters/broker/embedded-announcer.ts'
import { announcementOf } from '../../engine/announcement.ts'
import { Transient } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import type { ReservationRow } from '../../engine/ports.ts'
import { SessionKeeper } from '../../engine/session-keeper.ts'
import { settings, stageOf } from '../contract/waiting-room-stage.ts'
import { embeddedWaitingRoom } from '../support/embedded-waiting-room.ts'
import { silentLog } from '../support/silent-log.ts'

/** Ann is inside, and holds seats. */
async function annInside(t: ExecutionContext) {
  const stage = await stageOf(await embeddedWaitingRoom(t))
  const { show, rooms, ledger, shows, clock } = stage
  await stage.join('ann')
  await stage.pass(500)
  t.deepEqual(await stage.inside('ann'), ['ann'])
  const deadlines = new Map<string, number | null>([['of-ann', clock.now()]])
  const reservation = async (id: string) => {
    if (id === 'unreadable') throw new Transient('the master is away')
    const deadline = deadlines.get(id)
    return deadline === undefined ? null : ({ id, userId: 'ann', deadline } as ReservationRow)
  }
  const keeper = new SessionKeeper({
    rooms,
    ledger,
    shows,
    decisions: { reservation },
    clock,
    log: silentLog,
  })
  const feed = new EmbeddedAnnouncer()
  const stop = keeper.follow(feed)
  const announceAll = async (topic: string, subjectIds: readonly string[], at = clock.now()) => {
    const [first, ...rest] = subjectIds.map((subjectId) => ({
      id: 'a',
      position: 1,
      subjectId,
      at,
      code: null,
    }))
    if (first) await feed.announce([announcementOf(topic, show.id, [first, ...rest])])
    await keeper.settled()
  }
  const announce = (topic: string, at = clock.now(), subjectId = 'of-ann') =>
    announceAll(topic, [subjectId], at)
  return { ...stage, deadlines, announce, announceAll, stop }
}

for (const topic of ['reservation.held', 'reservation.extended'])
  test(`after ${topic} the session lasts as long as the hold`, async (t) => {
    const { announce, deadlines, clock, find } = await annInside(t)
    const ends = clock.now() + settings.sessionTtlMs
    await announce(topic)
    t.is((await find('ann')).sessionEndsAt, ends)
    deadlines.set('of-ann', ends + 7)
    await announce(topic)
    t.is((await find('ann')).sessionEndsAt, ends + 7)
    await announce(topic)
    t.is((await find('ann')).sessionEndsAt, ends + 7)
  })

test('one reservation that cannot be followed keeps no other from it', async (t) => {
  const { announceAll, deadlines, clock, find } = await annInside(t)
  const ends = clock.now() + settings.sessionTtlMs
  deadlines.set('of-ann', ends + 7)
  await announceAll('reservation.held', ['unreadable', 'of-ann'])
  t.is((await find('ann')).sessionEndsAt, ends + 7)
})

test('a payment ends the session, and the place is free for others', async (t) => {
  const { announce, hasSession, find, store, pass, openRooms, tokenOf } = await annInside(t)
  await announce('reservation.paid')
  t.false(await hasSession('ann'))
  t.is((await find('ann')).state, 'expired')
  await announce('reservation.paid')
  await store.lose()
  await openRooms.openAll()
  await pass(60_000)
  t.is((await find('ann', tokenOf.get('ann'))).state, 'expired')
})

test('whoever waits gets the place of who has paid at once', async (t) => {
  const { announce, configure, join, pass, inside } = await annInside(t)
  await configure({ admittedMax: 1 })
  await join('ben')
  await pass(30_000)
  t.deepEqual(await inside('ann', 'ben'), ['ann'])
  await announce('reservation.paid')
  await pass(limits.inletIntervalMs)
  t.deepEqual(await inside('ben'), ['ben'])
})

test('a payment ends a session that holds have prolonged', async (t) => {
  const { announce, deadlines, clock, hasSession, stand } = await annInside(t)
  deadlines.set('of-ann', clock.now() + 2 * settings.sessionTtlMs)
  await announce('reservation.held')
  stand(settings.sessionTtlMs + 1)
  t.true(await hasSession('ann'))
  await announce('reservation.paid')
  t.false(await hasSession('ann'))
})

test('a payment that is heard of again does not end the session after the next', async (t) => {
  const { announce, clock, hasSession, join, pass, inside } = await annInside(t)
  const paidAt = clock.now()
  await announce('reservation.paid', paidAt)
  await join('ann')
  await pass(2_000)
  t.deepEqual(await inside('ann'), ['ann'])
  await announce('reservation.paid', paidAt)
  t.true(await hasSession('ann'))
})

test('what is announced of others, of ends, or of what is not there changes nothing', async (t) => {
  const { announce, hasSession, find } = await annInside(t)
  const before = await find('ann')
  await announce('reservation.expired')
  await announce('reservation.cancelled')
  await announce('reservation.held', 0, 'of-nobody')
  await announce('reservation.paid', 0, 'of-nobody')
  t.true(await hasSession('ann'))
  t.deepEqual(await find('ann'), before)
})

test('it hears nothing more once it has stopped', async (t) => {
  const { announce, stop, hasSession } = await annInside(t)
  stop()
  await announce('reservation.paid')
  t.true(await hasSession('ann'))
})
