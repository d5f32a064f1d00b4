// Opens a room on Redis from what the master has kept: the sessions are staged first, so that however many run, the room
// comes into being with all of them at once.
import { randomUUID } from 'node:crypto'
import { spreadAtFirst } from '../../engine/forecast.ts'
import { limits } from '../../engine/limits.ts'
import type { Admission, InletPolicy, WaitingRooms } from '../../engine/waiting-room-ports.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { loadScript } from '../redis/script.ts'
import { lifeKey, roomKeys, roomScript } from './redis-keys.ts'

/** An opening that takes longer is begun again. */
const openingMaxMs = 60_000
const sessionsStagedAtOnce = 1_000

export function redisOpening(connection: RedisConnection): WaitingRooms['open'] {
  const { commands, key, runId } = connection
  const stage = loadScript(commands, new URL('./redis-stage-sessions.lua', import.meta.url))
  const open = loadScript(commands, ...roomScript('open'))

  return async (showId, opening, { opensAt, keepUntil }, now, life) => {
    const { range, serving, generation, policy, hasOpened, sessions, drawnThrough } = opening
    const staged = key(`sessions-staged:${randomUUID()}`)
    for (let start = 0; start < sessions.length; start += sessionsStagedAtOnce) {
      const some = sessions.slice(start, start + sessionsStagedAtOnce)
      await stage([staged], [openingMaxMs, ...some.flatMap(admissionValues)])
    }
    await open(
      [...Object.values(roomKeys(connection, showId)), staged, lifeKey(connection)],
      [
        ...[runId(), now, Math.max(1, keepUntil - now), limits.waitingRoomSettleMs],
        ...[range.from, range.through, serving, generation],
        ...[...shownOf(policy), policy.ratePerSecond, spreadAtFirst, opensAt, drawnThrough ?? ''],
        ...[life, Number(hasOpened)],
      ],
    )
  }
}

/** Of the process of Redis, and since it was last emptied. */
export function redisLife(connection: RedisConnection): WaitingRooms['life'] {
  return async () => {
    const { commands, runId } = connection
    const run = runId()
    const drawn = randomUUID()
    return `${run} ${(await commands.set(lifeKey(connection), drawn, 'PX', openingMaxMs, 'NX', 'GET')) ?? drawn}`
  }
}

/** What everybody sees of a policy. */
export const shownOf = ({
  version,
  isPaused,
  isLottery,
}: InletPolicy): [version: number, isPaused: 0 | 1, isLottery: 0 | 1] => [
  version,
  isPaused ? 1 : 0,
  isLottery ? 1 : 0,
]

/** As the scripts read it. */
export const admissionValues = ({
  userId,
  number,
  endsAt,
  issuedThrough,
}: Admission): (string | number)[] => [userId, number, endsAt, issuedThrough]
