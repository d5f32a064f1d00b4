// What the lottery promises, on whatever store and master it runs: everybody who joined before the opening has the lot that
// follows from the seed, whatever is lost and whoever leads, and nobody else has one.
import type { ExecutionContext } from 'ava'
import { seedHashOf } from '../../engine/draw.ts'
import { Transient } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import { Gate } from '../support/gate.ts'
import { digestOf, shuffled } from '../support/shuffle.ts'
import {
  people,
  type Stage,
  stageFor,
  startsAt,
  type WaitingRoomSetUp,
  watched,
} from './waiting-room-stage.ts'

export const minuteMs = 60_000
export const opening = { opensAt: startsAt + minuteMs }
export const crowdSize = 60

/** Called off and on again, as anything but the first does not change the seed. */
async function joinLottery(stage: Stage, users = people(crowdSize)): Promise<string[]> {
  await stage.configure({ isLottery: true, ratePerSecond: 10 })
  await stage.join(...users)
  return users
}

/** Until the sale opens; then the inlet draws. */
async function open(stage: Stage): Promise<void> {
  stage.clock.advance(stage.show.opensAt - stage.clock.now())
  await stage.inlet.step()
}

async function lotsOf(stage: Stage, users: readonly string[]): Promise<Map<number, number | null>> {
  const lots = new Map<number, number | null>()
  for (const user of users) {
    const { number, lot } = await stage.find(user)
    lots.set(number, lot)
  }
  return lots
}

export async function isDrawnAsPublished(
  t: ExecutionContext,
  stage: Stage,
  users: readonly string[],
): Promise<void> {
  const { seedHash, drawn } = await stage.room.draw(stage.show.id)
  const { seed = '', crowd } = drawn ?? {}
  t.is(seedHashOf(seed), seedHash)
  const expected = shuffled(seed, crowd?.digest ?? '', crowd?.through ?? 0)
  for (const [number, lot] of await lotsOf(stage, users)) t.is(lot, expected.get(number) ?? null)
}

export function waitingRoomLotteryContract(adapters: string, setUp: WaitingRoomSetUp): void {
  const inLottery = (sentence: string, run: (t: ExecutionContext, stage: Stage) => Promise<void>) =>
    stageFor(adapters, setUp)(`in a lottery ${sentence}`, run, opening)

  inLottery(
    'nobody has a position before the draw, and everybody one that follows from the seed after it',
    async (t, stage) => {
      const users = await joinLottery(stage)
      const before = await stage.find('user-7')
      t.like(before, { number: 7, lot: null, position: null, state: 'not_open' })
      t.is(before.etaRange?.fromSeconds, 60)
      t.true((before.etaSeconds ?? 0) >= 60)
      t.is((await stage.room.draw(stage.show.id)).drawn, null, 'the seed is not given out before')
      await open(stage)
      await isDrawnAsPublished(t, stage, users)
      const positions = [...(await lotsOf(stage, users)).values()].sort((a, b) => Number(a) - Number(b))
      t.deepEqual(
        positions,
        users.map((_, index) => index + 1),
      )
      const { drawn } = await stage.room.draw(stage.show.id)
      t.deepEqual(drawn?.crowd, {
        through: crowdSize,
        members: crowdSize,
        digest: digestOf(users.map((user, index) => [index + 1, user])),
      })
      const { lot } = await stage.find('user-7')
      t.is(lot, await stage.room.drawnLot(stage.show.id, 7))
    },
  )

  inLottery(
    'people come in by lot, and who joined later behind them, first come first served',
    async (t, stage) => {
      const users = await joinLottery(stage)
      stage.clock.advance(minuteMs)
      await stage.join('late', 'later')
      t.like(await stage.find('late'), { lot: null, position: null, state: 'not_open' })
      await stage.inlet.step()
      t.like(await stage.find('late'), { lot: crowdSize + 1, position: crowdSize + 1, state: 'waiting' })
      t.deepEqual(
        await stage.inside(...users, 'late', 'later'),
        [],
        'nobody comes in before all have their lots',
      )
      const byLot = [...(await lotsOf(stage, users))].sort((a, b) => Number(a[1]) - Number(b[1]))
      await stage.pass(3_000)
      const inside = await stage.inside(...users)
      t.is(inside.length, 30)
      const first = byLot.slice(0, 30).map(([number]) => `user-${number}`)
      t.deepEqual([...inside].sort(), first.sort())
      t.deepEqual(await stage.inside('late', 'later'), [])
      await stage.pass(3_500)
      t.deepEqual(await stage.inside(...users), users)
      t.deepEqual(await stage.inside('late', 'later'), ['late', 'later'])
    },
  )

  inLottery('positions only come nearer once there are any', async (t, stage) => {
    const users = await joinLottery(stage)
    await open(stage)
    let before = new Map<string, number>()
    for (let step = 0; step < 8; step++) {
      const now = new Map<string, number>()
      for (const user of users) now.set(user, (await stage.find(user)).position ?? 0)
      for (const [user, position] of now) t.true(position <= (before.get(user) ?? Infinity))
      before = now
      await stage.pass(500)
    }
  })

  inLottery(
    'who leaves and comes back before the draw has the same number, and no second lot',
    async (t, stage) => {
      const { room, tokenOf } = stage
      await joinLottery(stage)
      const first = tokenOf.get('user-5')
      await room.leave('user-5', first)
      t.is(await stage.state('user-5'), 'left')
      t.deepEqual(await stage.join('user-5', 'user-61'), [5, 61])
      await room.leave('user-9', tokenOf.get('user-9'))
      await open(stage)
      t.is((await room.draw(stage.show.id)).drawn?.crowd.members, crowdSize)
      await isDrawnAsPublished(t, stage, ['user-5', 'user-61'])
      t.is(await stage.state('user-9'), 'left')
      t.deepEqual(await stage.join('user-9'), [62])
      t.is((await stage.find('user-9')).lot, 62)
    },
  )

  inLottery('the seed is chosen once, however often the lottery is called off', async (t, stage) => {
    const { room, show } = stage
    await t.throwsAsync(room.draw(show.id), { code: 'not_found' })
    await stage.configure({ isLottery: true })
    const { seedHash } = await room.draw(show.id)
    await stage.configure({ isLottery: false })
    await t.throwsAsync(room.draw(show.id), { code: 'not_found' })
    await stage.join('ann')
    t.like(await stage.find('ann'), { lot: 1, position: 1, state: 'not_open' })
    await stage.configure({ isLottery: true })
    t.is((await room.draw(show.id)).seedHash, seedHash)
    t.like(await stage.find('ann'), { lot: null, position: null })
  })

  inLottery('what is settled stays settled once the sale has opened', async (t, stage) => {
    await joinLottery(stage)
    await open(stage)
    await t.throwsAsync(stage.configure({ isLottery: false }), { code: 'invalid_state' })
    await stage.configure({ isLottery: true, ratePerSecond: 20 })
    await isDrawnAsPublished(t, stage, people(5))
  })

  inLottery('there may be nobody', async (t, stage) => {
    await stage.configure({ isLottery: true })
    await open(stage)
    t.like((await stage.room.draw(stage.show.id)).drawn?.crowd, { through: 0, members: 0 })
    await stage.join('ann')
    await stage.pass(1_000)
    t.deepEqual(await stage.inside('ann'), ['ann'])
  })

  inLottery('a paused room draws, and lets in by lot once it goes on', async (t, stage) => {
    const users = await joinLottery(stage)
    await stage.room.pause(stage.show.id)
    await open(stage)
    await isDrawnAsPublished(t, stage, users)
    await stage.pass(1_000)
    t.deepEqual(await stage.inside(...users), [])
    await stage.room.resume(stage.show.id)
    await stage.pass(1_500)
    t.true((await stage.inside(...users)).length > 0)
  })

  inLottery('a number that was not drawn has no proof', async (t, stage) => {
    const { room, show } = stage
    await joinLottery(stage)
    await t.throwsAsync(room.drawnLot(show.id, 1), { code: 'not_found' })
    await open(stage)
    for (const number of [0, -1, 1.5, Number.NaN, Infinity, crowdSize + 1])
      await t.throwsAsync(room.drawnLot(show.id, number), { code: 'not_found' }, String(number))
  })

  // ── losses and successors ───────────────────────────────────────────────────────────────────────────────

  inLottery('a loss before the draw costs nobody the lot', async (t, stage) => {
    const users = await joinLottery(stage)
    await stage.store.lose()
    for (const user of users.slice(0, 20)) await stage.find(user)
    await open(stage)
    await isDrawnAsPublished(t, stage, users)
    t.is((await stage.room.draw(stage.show.id)).drawn?.crowd.members, 20)
  })

  inLottery(
    'a loss between close and draw takes no lot from anybody: who came after the close is drawn too',
    async (t, stage) => {
      const users = await joinLottery(stage)
      stage.clock.advance(minuteMs)
      await stage.join('late')
      t.is((await stage.find('late')).lot, null)
      await stage.store.lose()
      for (const user of [...users, 'late']) t.is((await stage.find(user)).lot, null)
      await stage.inlet.step()
      t.is((await stage.room.draw(stage.show.id)).drawn?.crowd.members, crowdSize + 1)
    },
  )

  inLottery('a loss after the draw costs nobody the lot, and nobody is let in twice', async (t, stage) => {
    const users = await joinLottery(stage)
    await open(stage)
    const lots = await lotsOf(stage, users)
    await stage.pass(1_000)
    const inside = await stage.inside(...users)
    t.is(inside.length, 10)
    await stage.store.lose()
    await stage.join('late')
    const outside = users.filter((user) => !inside.includes(user))
    for (const user of [...outside].reverse()) {
      const { number, lot, state } = await stage.find(user)
      t.deepEqual({ lot, state }, { lot: lots.get(number) ?? null, state: 'waiting' })
    }
    t.deepEqual(await stage.inside(...inside), inside)
    await stage.pass(2_000)
    t.is((await stage.inside(...users)).length, 30)
  })

  inLottery('an older copy from before the draw does not undo it', async (t, stage) => {
    const users = await joinLottery(stage)
    const bringBack = await stage.store.copy()
    await open(stage)
    const lots = await lotsOf(stage, users)
    await bringBack()
    for (const user of users) await stage.find(user)
    t.deepEqual(await lotsOf(stage, users), lots)
    await stage.pass(1_000)
    const first = [...lots].filter(([, lot]) => Number(lot) <= 5).map(([number]) => `user-${number}`)
    for (const user of first) t.is(await stage.state(user), 'admitted')
  })

  inLottery('whoever has two numbers of the crowd has one lot', async (t, stage) => {
    await joinLottery(stage)
    const older = stage.tokenOf.get('user-3')
    await stage.store.lose()
    await stage.join('user-3')
    await open(stage)
    const drawn = await stage.find('user-3')
    t.not(drawn.number, 3)
    t.deepEqual(await stage.find('user-3', older), drawn)
  })

  inLottery('whoever checks the draw costs the master one read', async (t, stage) => {
    await joinLottery(stage)
    const { port: ledger, asked } = watched(stage.ledger)
    const { room } = stage.serve('watched', {}, { ledger })
    const checkAll = () => Promise.all(people(100).map(() => room.draw(stage.show.id)))
    for (const { drawn } of await checkAll()) t.is(drawn, null)
    t.deepEqual(asked, ['draw'])
    await open(stage)
    for (let number = 1; number <= crowdSize; number++) await room.drawnLot(stage.show.id, number)
    await checkAll()
    t.deepEqual(asked, ['draw', 'draw', 'draw'], 'one for what is published, one for the lots')
  })

  inLottery('a draw under which the policy changes is made by the next step', async (t, stage) => {
    const users = await joinLottery(stage)
    const { gate, troubled } = gateAt(stage, 'freeze')
    stage.stand(limits.inletLeaseTtlMs)
    const { inlet } = stage.serve('other', troubled)
    await inlet.step()
    gate.shut()
    stage.clock.advance(stage.show.opensAt - stage.clock.now())
    const drawing = inlet.step()
    await gate.reached
    await stage.configure({ isLottery: true, ratePerSecond: 20 })
    gate.open()
    await drawing
    t.is((await stage.room.draw(stage.show.id)).drawn, null)
    await inlet.step()
    await isDrawnAsPublished(t, stage, users)
  })

  inLottery('a draw that failed once its crowd was written is made by the next step', async (t, stage) => {
    const users = await joinLottery(stage)
    const failing = new Set(['freeze'])
    const freeze: Stage['ledger']['freeze'] = async (request) => {
      if (failing.delete('freeze')) throw new Transient('the master is away')
      return stage.ledger.freeze(request)
    }
    stage.stand(limits.inletLeaseTtlMs)
    const { inlet } = stage.serve('other', { ledger: { ...stage.ledger, freeze } })
    await inlet.step()
    stage.clock.advance(stage.show.opensAt - stage.clock.now())
    await inlet.step()
    t.is((await stage.room.draw(stage.show.id)).drawn, null)
    await stage.room.leave('user-60', stage.tokenOf.get('user-60'))
    await inlet.step()
    await isDrawnAsPublished(t, stage, users.slice(0, -1))
    t.is((await stage.room.draw(stage.show.id)).drawn?.crowd.members, crowdSize - 1)
  })

  for (const [where, port] of [
    ['before the crowd was written', 'writeCrowd'],
    ['before the seed was given out', 'freeze'],
    ['before the lots were dealt', 'deal'],
    ['before all had their lots', 'endDealing'],
  ] as const)
    inLottery(`a leader that is lost ${where} leaves the same draw to the next`, async (t, stage) => {
      const { serve, clock, show } = stage
      const users = await joinLottery(stage)
      stage.stand(limits.inletLeaseTtlMs)
      const { gate, troubled } = gateAt(stage, port)
      const lost = serve('lost', troubled).inlet
      await lost.step()
      gate.shut()
      clock.advance(show.opensAt - clock.now())
      const drawing = lost.step()
      await gate.reached
      if (port !== 'writeCrowd') await stage.room.leave('user-8', stage.tokenOf.get('user-8'))
      stage.stand(limits.inletLeaseTtlMs)
      await stage.inlet.step()
      await stage.inlet.step()
      const others = users.filter((user) => user !== 'user-8')
      await isDrawnAsPublished(t, stage, others)
      const lots = await lotsOf(stage, others)
      gate.open()
      await drawing
      t.deepEqual(await lotsOf(stage, others), lots)
      await stage.pass(8_000)
      t.deepEqual(await stage.inside(...others), others)
    })
}

/** Where a leader may fall asleep within a draw. */
function gateAt({ ledger, rooms }: Stage, port: 'writeCrowd' | 'freeze' | 'deal' | 'endDealing') {
  if (port === 'writeCrowd' || port === 'freeze') {
    const gate = new Gate(ledger, port)
    return { gate, troubled: { ledger: gate.port } }
  }
  const gate = new Gate(rooms, port)
  return { gate, troubled: { rooms: gate.port } }
}
