// What the inlets of several servers owe the waiting room: one lets people in at a time, and who slept through its lease does
// nothing more.
import { limits } from '../../engine/limits.ts'
import { gateAt, people, settings, stageFor, type WaitingRoomSetUp } from './waiting-room-stage.ts'

export function waitingRoomInletsContract(adapters: string, setUp: WaitingRoomSetUp): void {
  const behaviour = stageFor(adapters, setUp)

  behaviour('of two inlets one leads, and the other takes over when it is gone', async (t, stage) => {
    const { inlet, serve, clock } = stage
    const second = serve('second').inlet
    const users = people(400)
    await stage.join(...users)
    for (let step = 0; step < 10; step++) {
      clock.advance(limits.inletIntervalMs)
      await Promise.all([inlet.step(), second.step()])
    }
    t.is((await stage.inside(...users)).length, 50)
    stage.stand(limits.inletLeaseTtlMs)
    for (let step = 0; step < 10; step++) {
      await second.step()
      clock.advance(limits.inletIntervalMs)
    }
    t.is((await stage.inside(...users)).length, 50 + 45)
  })

  for (const [asleep, where] of [
    ['before it looked whose turn it is', 'next'],
    ['before it wrote whom it admits', 'write'],
    ['before it began their sessions', 'begin'],
  ] as const)
    behaviour(`an inlet that slept through its lease ${asleep} does nothing more`, async (t, stage) => {
      const { serve, rooms, show, clock } = stage
      await stage.configure({ admittedMax: 12 })
      const users = people(60)
      await stage.join(...users)
      const { gate, troubled } = gateAt(stage, where)
      stage.stand(limits.inletLeaseTtlMs)
      const sleeper = serve('sleeper', troubled).inlet
      await sleeper.step()
      gate.shut()
      clock.advance(1_000)
      const sleeping = sleeper.step()
      await gate.reached

      stage.stand(limits.inletLeaseTtlMs)
      await stage.pass(2_000)
      const inside = await stage.inside(...users)
      t.deepEqual(inside, users.slice(0, 10))
      const before = await rooms.count(show.id, clock.now())
      gate.open()
      await sleeping
      await sleeper.step()
      t.deepEqual(await rooms.count(show.id, clock.now()), before)
      t.deepEqual(await stage.inside(...users), inside)
      await stage.pass(10_000)
      t.deepEqual(await stage.inside(...users), users.slice(0, 12))
    })

  behaviour(
    'what was written and never begun is begun by the next leader, as it was written',
    async (t, stage) => {
      const { serve, clock, show } = stage
      await stage.configure({ admittedMax: 5 })
      const users = people(20)
      await stage.join(...users)
      const { gate, troubled } = gateAt(stage, 'begin')
      stage.stand(limits.inletLeaseTtlMs)
      const lost = serve('lost', troubled).inlet
      await lost.step()
      gate.shut()
      clock.advance(1_000)
      void lost.step()
      await gate.reached
      const writtenAt = clock.now()
      t.like(await stage.ledger.lastAdmission(show.id, 'user-5'), { number: 5, admittedAt: writtenAt })
      stage.stand(limits.inletLeaseTtlMs)
      await stage.pass(5_000)
      t.deepEqual(await stage.inside(...users), users.slice(0, 5))
      t.is((await stage.find('user-1')).sessionEndsAt, writtenAt + settings.sessionTtlMs)
    },
  )
}
