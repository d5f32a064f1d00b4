// What the contract of the waiting room's fast store is tried on: a room, and short ways to do things in it.
import test, { type ExecutionContext } from 'ava'
import { limits } from '../../../engine/limits.ts'
import type {
  Admission,
  InletPolicy,
  NextTurns,
  NumberRange,
  Opening,
  Step,
  WaitingRooms,
} from '../../../engine/waiting-room-ports.ts'

export interface WaitingRoomsUnderTest {
  readonly rooms: WaitingRooms
  /** All that it kept is gone. */
  lose(): Promise<void>
  /** Keeps a copy of everything; what is returned brings it back, later, in the place of what was there then. */
  copy(): Promise<() => Promise<void>>
}

export type WaitingRoomsSetUp = (t: ExecutionContext) => Promise<WaitingRoomsUnderTest>

export const showId = 'show-1'
export const now = 1_800_000_000_000
const keepUntil = now + 7 * 24 * 3_600_000
export const times = { opensAt: now, keepUntil }
export const sessionTtlMs = 600_000

export const policy: InletPolicy = {
  ratePerSecond: 10,
  admittedMax: 100,
  sessionTtlMs,
  isLottery: false,
  followsStock: false,
  isPaused: false,
  version: 1,
}
export const opening = (range: NumberRange, some: Partial<Opening> = {}): Opening => ({
  range,
  serving: 0,
  generation: 0,
  policy,
  sessions: [],
  hasOpened: true,
  drawnThrough: null,
  ...some,
})
export const admission = (number: number, userId: string, some: Partial<Admission> = {}): Admission => ({
  number,
  userId,
  admittedAt: now,
  endsAt: now + sessionTtlMs,
  issuedThrough: number,
  ...some,
})

type Found<Answer> = Exclude<Answer, 'missing' | 'exhausted' | 'fenced' | 'undrawn'>

export function found<Answer>(answer: Answer): Found<Answer> {
  if (typeof answer === 'string' && ['missing', 'exhausted', 'fenced', 'undrawn'].includes(answer))
    throw new Error(`the room answers ${answer}`)
  return answer as Found<Answer>
}

export const present = async (rooms: WaitingRooms, userId: string, number: number, at = now) =>
  found(await rooms.present(showId, userId, number, at)).place

export const place = async (rooms: WaitingRooms, userId: string, at = now) =>
  found(await rooms.join(showId, userId, at)).place

function stageOf(given: WaitingRoomsUnderTest) {
  const { rooms } = given
  const next = async (
    turnsMax: number,
    some: Partial<InletPolicy> = {},
    at = now,
    generation = 0,
    hasOpened = true,
  ): Promise<NextTurns> =>
    found(
      await rooms.next(showId, {
        generation,
        policy: { ...policy, ...some },
        turnsMax,
        hasOpened,
        now: at,
      }),
    )
  const step = async (some: Partial<Step>): Promise<void> => {
    const nothing = {
      generation: 0,
      serving: 0,
      admissions: [],
      lapsed: [],
      admittedPerSecond: 1,
      estimateSpread: 0.25,
      now,
    }
    found(await rooms.admit(showId, { ...nothing, ...some }))
  }
  return {
    ...given,
    next,
    step,
    open: (range: NumberRange, some: Partial<Opening> = {}) =>
      rooms.life().then((life) => rooms.open(showId, opening(range, some), times, now, life)),
    /** One after another; their numbers. */
    async join(...userIds: string[]): Promise<number[]> {
      const numbers: number[] = []
      for (const userId of userIds) numbers.push((await place(rooms, userId)).number)
      return numbers
    },
    begin: (...admissions: Admission[]) =>
      step({ admissions, serving: Math.max(...admissions.map(({ number }) => number)) }),
    /** Who waits, once nobody is kept back any more. */
    line: async () => {
      const { turns } = await next(1_000, { admittedMax: 1_000 }, now + limits.waitingRoomSettleMs)
      return turns.map(({ userId, number }) => `${userId} ${number}`)
    },
  }
}

export type Behaviour = (
  sentence: string,
  run: (t: ExecutionContext, stage: ReturnType<typeof stageOf>) => Promise<void>,
) => void

export const behaviourOf =
  (adapter: string, setUp: WaitingRoomsSetUp): Behaviour =>
  (sentence, run) =>
    test(`${adapter}: ${sentence}`, async (t) => {
      t.timeout(30_000)
      await run(t, stageOf(await setUp(t)))
    })
