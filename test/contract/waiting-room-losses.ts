// What the waiting room keeps when its store is lost, or comes back as an older copy: everybody's place, by the token in
// their hands, and that nobody is let in twice.
import assert from 'node:assert/strict'
import test from 'ava'
import fc from 'fast-check'
import { limits } from '../../engine/limits.ts'
import { checkProperty } from '../support/properties.ts'
import {
  people,
  type Stage,
  settings,
  stageFor,
  stageOf,
  type WaitingRoomSetUp,
} from './waiting-room-stage.ts'

type Loss = (stage: Stage, meanwhile: () => Promise<void>) => Promise<void>

/** `meanwhile` happens and is forgotten by the store. */
const losses: Readonly<Record<string, Loss>> = {
  'a loss of everything': async ({ store }, meanwhile) => {
    await meanwhile()
    await store.lose()
  },
  'the return of an older copy': async ({ store }, meanwhile) => {
    const bringBack = await store.copy()
    await meanwhile()
    await bringBack()
  },
}

export function waitingRoomLossContract(adapters: string, setUp: WaitingRoomSetUp): void {
  const behaviour = stageFor(adapters, setUp)

  for (const [loss, lose] of Object.entries(losses)) {
    behaviour(`after ${loss} everybody who kept the token has the place`, async (t, stage) => {
      const users = people(80)
      await stage.join(...users)
      await stage.pass(1_000)
      await lose(stage, () => stage.pass(1_000))
      for (const user of [...users.slice(20)].reverse()) {
        const { number, state } = await stage.find(user)
        t.deepEqual({ number, state }, { number: Number(user.slice(5)), state: 'waiting' })
      }
      await stage.pass(2_000)
      t.deepEqual(await stage.inside(...users), users.slice(0, 40))
    })

    behaviour(`after ${loss} nobody overtakes who has yet to come back`, async (t, stage) => {
      const users = people(80)
      await stage.join(...users)
      await lose(stage, () => stage.pass(1_000))
      await stage.find('user-80')
      await stage.pass(1_000)
      t.is(await stage.state('user-80'), 'waiting')
      await stage.find('user-11')
      await stage.pass(1_000)
      t.is(await stage.state('user-11'), 'admitted')
      await stage.pass(limits.waitingRoomSettleMs)
      t.is(await stage.state('user-80'), 'admitted')
    })

    behaviour(`after ${loss} no number is issued twice`, async (t, stage) => {
      const before = await stage.join(...people(30))
      let lost: number[] = []
      await lose(stage, async () => {
        lost = await stage.join(...people(30, 31))
      })
      const after = await stage.join(...people(60, 61))
      const numbers = [...before, ...lost, ...after]
      t.is(new Set(numbers).size, 120)
      t.true(Math.min(...after) > Math.max(...before, ...lost))
    })

    behaviour(`after ${loss} serving stands where it was announced, or further`, async (t, stage) => {
      const users = people(80)
      await stage.join(...users)
      await stage.pass(1_000)
      let announced = await stage.find('user-80')
      await lose(stage, async () => {
        await stage.pass(2_000)
        announced = await stage.find('user-80')
      })
      t.is(announced.position, 50)
      t.true(((await stage.find('user-80')).position ?? 0) <= 50)
    })

    behaviour(`after ${loss} who is inside stays inside, until the session's own end`, async (t, stage) => {
      const users = people(20)
      await stage.join(...users)
      await lose(stage, () => stage.pass(1_000))
      await stage.openRooms.openAll()
      t.true(await stage.hasSession('user-1'))
      t.false(await stage.hasSession('user-11'))
      t.is(await stage.state('user-1'), 'admitted')
      stage.stand(settings.sessionTtlMs)
      t.is(await stage.state('user-1'), 'expired')
    })

    behaviour(`after ${loss} nobody whose session ended is let in again`, async (t, stage) => {
      const { room, tokenOf } = stage
      const users = people(5)
      await stage.join(...users)
      await stage.pass(500)
      await stage.inside(...users)
      await lose(stage, async () => {
        await room.leave('user-1', tokenOf.get('user-1'))
        await stage.pass(limits.admissionClaimMs)
      })
      t.false(await stage.hasSession('user-1'))
      t.is(await stage.state('user-1'), 'expired')
      stage.stand(settings.sessionTtlMs)
      await stage.pass(minuteMs)
      t.deepEqual(await stage.inside(...users), [])
    })

    behaviour(`after ${loss} no more are inside than may be`, async (t, stage) => {
      await stage.configure({ admittedMax: 10 })
      const users = people(40)
      await stage.join(...users)
      await stage.pass(500)
      await stage.inside(...users)
      await lose(stage, async () => {
        await stage.pass(1_000)
        await stage.inside(...users)
      })
      for (const user of users) await stage.find(user)
      await stage.pass(minuteMs)
      t.deepEqual(await stage.inside(...users), users.slice(0, 10))
    })

    behaviour(`after ${loss} who did not turn up takes up no place`, async (t, stage) => {
      await stage.configure({ admittedMax: 5 })
      const users = people(10)
      await stage.join(...users)
      await stage.pass(500)
      await lose(stage, () => stage.pass(limits.admissionClaimMs))
      await stage.openRooms.openAll()
      t.false(await stage.hasSession('user-1'))
      for (const user of users) await stage.find(user)
      await stage.pass(1_000)
      t.deepEqual(await stage.inside(...users), users.slice(5))
    })

    behaviour(
      `after ${loss} who was told that the session is over does not find it running`,
      async (t, stage) => {
        await stage.join('ann')
        await stage.pass(500)
        await lose(stage, async () => {
          stage.stand(limits.admissionClaimMs)
          t.is(await stage.state('ann'), 'expired')
        })
        await stage.openRooms.openAll()
        t.is(await stage.state('ann'), 'expired')
        t.false(await stage.hasSession('ann'))
      },
    )

    behaviour(`after ${loss} who did not turn up and joined anew takes up one place`, async (t, stage) => {
      await stage.configure({ admittedMax: 5 })
      const users = people(10)
      await stage.join(...users)
      await stage.pass(500)
      stage.stand(limits.admissionClaimMs)
      await stage.join('user-1')
      await stage.pass(500)
      await lose(stage, async () => {})
      await stage.openRooms.openAll()
      t.is(
        (await stage.openRooms.ask(stage.show, () => stage.rooms.count(stage.show.id, stage.clock.now())))
          .admitted,
        5,
      )
      t.false(await stage.hasSession('user-1'))
    })

    behaviour(`after ${loss} who joins anew with an older token at hand comes in once`, async (t, stage) => {
      await stage.join('ann', 'ben')
      const [older] = [stage.tokenOf.get('ann')]
      await lose(stage, async () => {})
      await stage.store.lose()
      const [anew = 0] = await stage.join('ann')
      t.true(anew > 2)
      t.is((await stage.find('ann', older)).number, 1)
      await stage.pass(1_000)
      t.is((await stage.find('ann', older)).state, 'admitted')
      stage.stand(settings.sessionTtlMs)
      await stage.pass(minuteMs)
      t.is((await stage.find('ann', older)).state, 'expired')
      t.is(await stage.state('ann'), 'expired')
      await stage.store.lose()
      await stage.pass(minuteMs)
      t.is(await stage.state('ann'), 'expired')
      await stage.pass(minuteMs)
      t.is(await stage.state('ann'), 'expired')
    })
  }

  behaviour('a token that is sent along when joining brings its place back', async (t, stage) => {
    const { room, show, store, tokenOf } = stage
    await stage.configure({ ratePerSecond: 0.01 })
    await stage.join('ann', 'ben')
    await store.lose()
    t.like(await room.join(show.id, 'ben', tokenOf.get('ben')), { number: 2, isNew: false })
  })

  behaviour('servers that notice a loss at once open the room without harm', async (t, stage) => {
    const { show, serve, store } = stage
    const before = await stage.join(...people(20))
    await store.lose()
    const rooms = ['second', 'third', 'fourth'].map((name) => serve(name).room)
    const joined = await Promise.all(
      people(60, 21).map((user, index) => rooms[index % 3]?.join(show.id, user)),
    )
    const numbers = [...before, ...joined.map((each) => each?.number)]
    t.is(new Set(numbers).size, 80)
  })

  test(`${adapters}: whatever happens, places only come nearer, and everybody comes in once at most`, async (t) => {
    t.timeout(120_000)
    const property = fc.asyncProperty(happenings, async (each) => {
      const stage = await stageOf(await setUp(t))
      await holdsThroughout(stage, each)
    })
    await checkProperty(t, 25, property)
  })
}

const minuteMs = 60_000

// ── random ────────────────────────────────────────────────────────────────────────────────────────────────

const userId = fc.integer({ min: 1, max: 12 }).map((index) => `user-${index}`)
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('join' as const), userId }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('look' as const), userId }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('leave' as const), userId }) },
  {
    weight: 8,
    arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 4_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('stand' as const), ms: fc.integer({ min: 1, max: 400_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('configure' as const),
      admittedMax: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('copy' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('bringBack' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('lose' as const) }) },
)
const happenings = fc.array(happening, { minLength: 10, maxLength: 80 })
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never

/** What a number has shown its user so far. */
interface Story {
  position: number
  wasInside: boolean
  isOver: boolean
}

async function holdsThroughout(stage: Stage, each: readonly Happening[]): Promise<void> {
  const { room, show, rooms, clock, tokenOf } = stage
  const issuedTo = new Map<number, string>()
  const stories = new Map<number, Story>()
  let admittedMax = 2
  let served = 0
  let bringBack = async () => {}
  await stage.configure({ admittedMax, ratePerSecond: 1 })

  const join = async (user: string): Promise<void> => {
    const { number, queueToken } = await room.join(show.id, user)
    assert.equal(issuedTo.get(number) ?? user, user, `${number} is issued twice`)
    issuedTo.set(number, user)
    tokenOf.set(user, queueToken)
  }

  const look = async (user: string): Promise<void> => {
    if (!tokenOf.has(user)) return
    const { number, state, position } = await stage.find(user)
    const story = stories.get(number) ?? { position: Infinity, wasInside: false, isOver: false }
    assert(position === null || position <= story.position, `${user} went back to position ${position}`)
    assert(state !== 'admitted' || !story.wasInside || !story.isOver, `${user} is let in twice`)
    story.position = position ?? story.position
    story.wasInside ||= state === 'admitted'
    story.isOver ||= state === 'expired' || state === 'left'
    stories.set(number, story)
  }

  const happen = async (happening: Happening): Promise<void> => {
    switch (happening.what) {
      case 'join':
        return join(happening.userId)
      case 'look':
        return look(happening.userId)
      case 'leave':
        return tokenOf.has(happening.userId)
          ? room.leave(happening.userId, tokenOf.get(happening.userId))
          : undefined
      case 'pass':
        return stage.pass(happening.ms)
      case 'stand':
        return stage.stand(happening.ms)
      case 'configure':
        admittedMax = Math.max(admittedMax, happening.admittedMax)
        return stage.configure({ admittedMax: happening.admittedMax, ratePerSecond: 1 })
      case 'copy':
        bringBack = await stage.store.copy()
        return
      case 'bringBack':
        return bringBack()
      case 'lose':
        return stage.store.lose()
    }
  }

  for (const happening of each) {
    await happen(happening)
    const now = await stage.openRooms.ask(show, () => rooms.count(show.id, clock.now()))
    assert(now.serving >= served, `serving went back from ${served} to ${now.serving}`)
    served = now.serving
    assert(now.admitted <= admittedMax, `${now.admitted} are inside`)
  }
  for (const user of tokenOf.keys()) await look(user)
}
