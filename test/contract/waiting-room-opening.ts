// When a sale opens: until the leader of its inlet has seen it, whether places are drawn by lot may still have changed, and no
// place counts for good.
import type { ExecutionContext } from 'ava'
import { Gate } from '../support/gate.ts'
import { crowdSize, isDrawnAsPublished, minuteMs, opening } from './waiting-room-lottery.ts'
import { people, type Stage, settings, stageFor, type WaitingRoomSetUp } from './waiting-room-stage.ts'

/** On a server whose clock is behind: before the opening. */
const changeLate = ({ ledger, show: { id, opensAt } }: Stage, change: { isLottery: boolean }) =>
  ledger.change(id, change, { clock: { now: () => opensAt - 1 }, opensAt })

export function waitingRoomOpeningContract(adapters: string, setUp: WaitingRoomSetUp): void {
  const atTheOpening = (sentence: string, run: (t: ExecutionContext, stage: Stage) => Promise<void>) =>
    stageFor(adapters, setUp)(`at the opening ${sentence}`, run, opening)

  atTheOpening(
    'a lottery that is switched on in the last moment draws nobody who was told a place for good',
    async (t, stage) => {
      const users = people(crowdSize)
      await stage.join(...users)
      const gate = new Gate(stage.rooms, 'reflect')
      const { room } = stage.serve('other', {}, { rooms: gate.port })
      gate.shut()
      const switching = room.configure(stage.show.id, { ...settings, isLottery: true })
      await gate.reached
      stage.stand(minuteMs)
      for (const user of users) t.is(await stage.state(user), 'not_open')
      await stage.inlet.step()
      await isDrawnAsPublished(t, stage, users)
      gate.open()
      await switching
      await isDrawnAsPublished(t, stage, users)
    },
  )

  atTheOpening(
    'a place counts for good once the inlet has seen it, where there is no lottery',
    async (t, stage) => {
      await stage.join('ann', 'ben')
      await stage.room.pause(stage.show.id)
      stage.stand(minuteMs)
      t.like(await stage.find('ben'), { lot: 2, position: 2, state: 'not_open' })
      await stage.inlet.step()
      t.is(await stage.state('ben'), 'paused')
      await stage.room.resume(stage.show.id)
      t.like(await stage.find('ben'), { lot: 2, position: 2, state: 'waiting' })
    },
  )

  atTheOpening(
    'a lottery that is switched on while the leader sees it draws nobody who was told a place for good',
    async (t, stage) => {
      const users = people(crowdSize)
      await stage.join(...users)
      stage.stand(minuteMs)
      const gate = new Gate(stage.ledger, 'markOpened')
      const { inlet } = stage.serve('leader', { ledger: gate.port })
      gate.shut()
      const step = inlet.step()
      await gate.reached
      t.not(await changeLate(stage, { isLottery: true }), 'settled')
      for (const user of users) t.is(await stage.state(user), 'not_open')
      gate.open()
      await step
      await isDrawnAsPublished(t, stage, users)
    },
  )

  atTheOpening(
    'whether places are drawn is settled by whatever clock once the leader has seen it',
    async (t, stage) => {
      await stage.join('ann')
      stage.stand(minuteMs)
      await stage.inlet.step()
      t.is(await changeLate(stage, { isLottery: true }), 'settled')
    },
  )

  atTheOpening(
    'whether places are drawn is settled by whatever clock once a lost room was opened after it',
    async (t, stage) => {
      await stage.join('ann')
      stage.stand(minuteMs)
      await stage.store.lose()
      t.is(await stage.state('ann'), 'waiting')
      t.is(await changeLate(stage, { isLottery: true }), 'settled')
    },
  )
}
