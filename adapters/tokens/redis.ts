// The waiting room's fast store on Redis, each method one script; of those who join, come back or look in one turn of the event
// loop, one script for all. A room belongs to the process of Redis that it was opened
// on: one that was restarted, or took over, may have an older copy, and has every room opened anew from the master.
import { limits } from '../../engine/limits.ts'
import type { NextTurns, RoomFigures, WaitingRooms } from '../../engine/waiting-room-ports.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { loadScript } from '../redis/script.ts'
import { roomKeys, roomScript } from './redis-keys.ts'
import { admissionValues, redisLife, redisOpening, shownOf } from './redis-opening.ts'
import {
  inGroupsOf,
  type Missing,
  type PlaceReply,
  type PlacesReply,
  placeOf,
  type RoomReply,
  viewOf,
} from './redis-replies.ts'
import { askedTogether } from './redis-together.ts'

export function redisWaitingRooms(connection: RedisConnection): WaitingRooms {
  const { commands, runId, check } = connection
  const script = <Reply>(name: string) => {
    const run = loadScript(commands, ...roomScript(name))
    return (showId: string, ...values: (string | number)[]): Promise<Reply> =>
      run(Object.values(roomKeys(connection, showId)), [runId(), ...values]) as Promise<Reply>
  }
  const open = redisOpening(connection)
  const scripts = {
    extend: script<'extended' | Missing>('extend'),
    join: script<[RoomReply, PlacesReply] | Missing>('join'),
    present: script<[RoomReply, PlacesReply] | Missing>('present'),
    restore: script<[PlaceReply, RoomReply] | Missing>('restore'),
    leave: script<'left' | Missing>('leave'),
    next: script<NextReply | 'fenced' | Missing>('next'),
    admit: script<number[] | 'fenced' | Missing>('admit'),
    closeCrowd: script<number | Missing>('close-crowd'),
    crowd: script<(string | number)[] | Missing>('crowd'),
    beginDealing: script<'begun' | Missing>('begin-dealing'),
    deal: script<'dealt' | Missing>('deal'),
    endDealing: script<'drawn' | Missing>('end-dealing'),
    reflect: script<null>('reflect'),
    renew: script<null>('renew'),
    end: script<null>('end'),
    hasSession: script<0 | 1>('has-session'),
    look: script<RoomReply | Missing>('look'),
    gone: script<string[] | Missing>('gone'),
    count: script<[waiting: number, admitted: number, RoomReply] | Missing>('count'),
  }
  const lapsedMax = limits.inletRatePerSecondMax
  const asked = askedTogether(scripts)

  return {
    life: redisLife(connection),
    open,
    extend: (showId, { from, through }) => scripts.extend(showId, from, through),

    join: (showId, userId, now) => asked.join(showId, [userId, now]),
    present: (showId, userId, number, now, lot) => asked.present(showId, [userId, number, now, lot ?? '']),
    async restore(showId, { userId, number, lot }, usedUpBy, now) {
      const used = usedUpBy ? [usedUpBy.number, usedUpBy.endsAt, usedUpBy.issuedThrough] : []
      const reply = await scripts.restore(showId, userId, number, lot, now, ...used)
      if (reply === 'missing') return reply
      const [place, room] = reply
      return { place: placeOf(place), room: viewOf(room) }
    },
    leave: (showId, userId, number) => scripts.leave(showId, userId, number),

    async next(showId, { generation, policy, turnsMax, hasOpened, now }) {
      const { admittedMax } = policy
      const asked = [now, generation, ...shownOf(policy), admittedMax, turnsMax, lapsedMax, Number(hasOpened)]
      const reply = await scripts.next(showId, ...asked)
      return typeof reply === 'string' ? reply : nextOf(reply)
    },
    admit: (showId, { generation, serving, admissions, lapsed, admittedPerSecond, estimateSpread, now }) =>
      scripts.admit(
        showId,
        ...[now, generation, serving, admittedPerSecond, estimateSpread],
        ...[limits.admissionClaimMs, lapsedMax, lapsed.length, ...lapsed],
        ...admissions.flatMap(admissionValues),
      ),

    async closeCrowd(showId) {
      const through = await scripts.closeCrowd(showId)
      return through === 'missing' ? through : { through }
    },
    async crowd(showId, after, max) {
      const reply = await scripts.crowd(showId, after, max)
      if (reply === 'missing') return reply
      return inGroupsOf(2, reply).map(([userId, number]) => ({
        userId: String(userId),
        number: Number(number),
        lot: Number(number),
      }))
    },
    beginDealing: (showId, through) => scripts.beginDealing(showId, through),
    deal: (showId, turns) =>
      scripts.deal(showId, ...turns.flatMap(({ userId, number, lot }) => [userId, number, lot])),
    endDealing: (showId) => scripts.endDealing(showId),
    reflect: async (showId, policy) => void (await scripts.reflect(showId, ...shownOf(policy))),

    renew: async (showId, userId, until, now) => void (await scripts.renew(showId, userId, until, now)),
    end: async (showId, userId, number, now) => void (await scripts.end(showId, userId, number, now)),
    hasSession: async (showId, userId, now) => (await scripts.hasSession(showId, userId, now)) === 1,

    look: (showId) => asked.look(showId, null),
    async gone(showId, incarnation, from) {
      const reply = await scripts.gone(showId, incarnation, from)
      return reply === 'missing' ? reply : reply.map(Number)
    },
    async count(showId, now): Promise<RoomFigures | Missing> {
      const reply = await scripts.count(showId, now)
      if (reply === 'missing') return reply
      const [waiting, admitted, room] = reply
      return { ...viewOf(room), waiting, admitted }
    },
    check,
    /** The connection is shared, and closed by who opened it. */
    close: async () => {},
  }
}

type NextReply = [
  turns: (string | number)[],
  spent: number,
  lapsed: number[],
  serving: number,
  isLineEmpty: 0 | 1,
  room: RoomReply,
]

function nextOf([turns, spent, lapsed, serving, isLineEmpty, room]: NextReply): NextTurns {
  return {
    turns: inGroupsOf(3, turns).map(([userId, number, lot]) => ({
      userId: String(userId),
      number: Number(number),
      lot: Number(lot),
    })),
    spent,
    lapsed,
    serving,
    isLineEmpty: isLineEmpty === 1,
    room: viewOf(room),
  }
}
