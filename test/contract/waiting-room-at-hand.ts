// Who still waits is told so from what the server remembers and one look at the room: never anything else than what the store
// would say of that place.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { limits } from '../../engine/limits.ts'
import type { PlaceView } from '../../engine/place-view.ts'
import type { WaitingRoom } from '../../engine/waiting-room.ts'
import { checkProperty } from '../support/properties.ts'
import {
  people,
  type Stage,
  stageFor,
  startsAt,
  type WaitingRoomSetUp,
  watched,
} from './waiting-room-stage.ts'

const users = people(12)
const serverNames = ['first', 'second'] as const

const user = fc.constantFrom(...users)
const server = fc.constantFrom(...serverNames)
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ does: fc.constant('join' as const), user, server }) },
    { weight: 10, arbitrary: fc.record({ does: fc.constant('look' as const), user, which: fc.nat(4) }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('leave' as const), user, server }) },
    {
      weight: 2,
      arbitrary: fc.record({ does: fc.constant('join without the token' as const), user, server }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant('pass' as const),
        halfSeconds: fc.integer({ min: 1, max: 6 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('lose' as const) }) },
  ),
  { minLength: 20, maxLength: 80 },
)
type Step = typeof steps extends fc.Arbitrary<(infer Each)[]> ? Each : never

export function waitingRoomAtHandContract(adapters: string, setUp: WaitingRoomSetUp): void {
  const behaviour = stageFor(adapters, setUp)

  for (const [order, opensAt, isLottery] of [
    ['first come first served', startsAt, false],
    ['a lottery', startsAt + 20_000, true],
  ] as const)
    behaviour(
      `with ${order}, whatever happens a server that remembers says what one says that does not`,
      async (t, stage) => {
        if (isLottery) await stage.configure({ isLottery })
        await stage.configure({ ratePerSecond: 1, admittedMax: 5, isLottery })
        const rooms = { first: stage.room, second: stage.serve('second').room }
        /** All that each user was ever given. */
        const tokens = new Map<string, Set<string>>(users.map((each) => [each, new Set()]))
        await checkProperty(
          t,
          25,
          fc.asyncProperty(steps, async (some) => {
            for (const step of some) await take(stage, rooms, tokens, step)
          }),
        )
      },
      { opensAt },
    )

  behaviour('who is known to wait is not looked for again, until the turn comes', async (t, stage) => {
    await stage.configure({ ratePerSecond: 1 })
    const { port: rooms, asked } = watched(stage.rooms)
    const room = stage.serve('watched', {}, { rooms }).room
    const { queueToken } = await room.join(stage.show.id, 'ann')
    await stage.join('ben')
    const other = stage.tokenOf.get('ben')
    await room.find('ann', queueToken)
    await room.find('ben', other)
    await room.find('ben', other)
    t.deepEqual(asked, ['join', 'look', 'present', 'look'])
    await stage.pass(1_000)
    asked.length = 0
    t.is(room.view(await room.find('ann', queueToken)).state, 'admitted')
    t.is(room.view(await room.find('ben', other)).position, 1)
    t.deepEqual(asked, ['look', 'present', 'look'])
  })

  behaviour('however many watch a room, it is looked at once a moment', async (t, stage) => {
    const { port: rooms, asked } = watched(stage.rooms)
    const { room } = stage.serve('watched', {}, { rooms })
    const told = people(500).map(() => Promise.withResolvers<number>())
    const stops = told.map(({ resolve }) => room.watch(stage.show, ({ issued }) => resolve(issued)))
    await stage.join('ann')
    stage.stand(limits.servingBroadcastMs)
    const issued = await Promise.all(told.map(({ promise }) => promise))
    for (const stop of stops) stop()
    t.deepEqual(new Set(issued), new Set([1]))
    t.deepEqual(asked, ['look'])
  })

  behaviour('who has left on one server has left on all of them', async (t, stage) => {
    await stage.configure({ ratePerSecond: 0.01 })
    await stage.join('ann', 'ben', 'cat')
    const elsewhere = stage.serve('second').room
    const [ben, cat] = [stage.tokenOf.get('ben'), stage.tokenOf.get('cat')]
    t.is(elsewhere.view(await elsewhere.find('ben', ben)).state, 'waiting')
    t.is(elsewhere.view(await elsewhere.find('cat', cat)).state, 'waiting')
    await stage.room.leave('ben', ben)
    t.is(elsewhere.view(await elsewhere.find('ben', ben)).state, 'left')
    t.is(elsewhere.view(await elsewhere.find('cat', cat)).state, 'waiting')
  })

  behaviour('of two numbers of one person the lower one counts on all servers', async (t, stage) => {
    await stage.configure({ ratePerSecond: 0.01 })
    const [number] = await stage.join('ann')
    await stage.store.lose()
    const elsewhere = stage.serve('second').room
    const anew = await elsewhere.join(stage.show.id, 'ann')
    t.not(anew.number, number)
    const numberElsewhere = async () => elsewhere.view(await elsewhere.find('ann', anew.queueToken)).number
    t.is(await numberElsewhere(), anew.number)
    t.is((await stage.find('ann')).number, number as number)
    t.is(await numberElsewhere(), number as number)
  })
}

type Rooms = Readonly<Record<(typeof serverNames)[number], WaitingRoom>>
type Tokens = ReadonlyMap<string, Set<string>>

async function take(stage: Stage, rooms: Rooms, tokens: Tokens, step: Step): Promise<void> {
  if (step.does === 'lose') return stage.store.lose()
  if (step.does === 'pass') return stage.pass(500 * step.halfSeconds)
  const held = tokens.get(step.user)
  const each = [...(held ?? [])]
  if (step.does === 'look') return look(stage, rooms, step.user, each[step.which])
  const room = rooms[step.server]
  const latest = each.at(-1)
  if (step.does === 'join') held?.add((await room.join(stage.show.id, step.user, latest)).queueToken)
  if (step.does === 'join without the token')
    held?.add((await room.join(stage.show.id, step.user)).queueToken)
  if (step.does === 'leave' && latest !== undefined) await room.leave(step.user, latest)
}

/** Those that remember are asked first: whoever asks the store brings lost places back. */
async function look(stage: Stage, rooms: Rooms, userId: string, token: string | undefined): Promise<void> {
  if (token === undefined) return
  const told: PlaceView[] = []
  for (const name of serverNames) told.push(rooms[name].view(await rooms[name].find(userId, token)))
  const { room } = stage.serve('forgetful')
  const expected = room.view(await room.find(userId, token))
  for (const each of told) assert.deepEqual({ userId, ...each }, { userId, ...expected })
}
