// One guest's evening: into the waiting room, in, a choice, perhaps another one, and an end: paid, given back, or let run out.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Buyer } from '../faults/support/buyer.ts'
import type { Guest } from '../support/stack-stage.ts'
import { type EveningStage, showId } from './stage.ts'

const choicesMax = 4
const hotSeatsMax = 200
const patienceMs = 600_000
/** Of a server that slept while the request came in: it is to be sent again. */
const requestTimeout = 408
const pauseMs = { least: 50, below: 500 }

export type End = 'paid' | 'let go' | 'given back' | 'sold out' | 'came away with nothing'

export async function spendEvening(stage: EveningStage, guest: Guest): Promise<End> {
  const end = await buy(stage, guest)
  // A payment ends the session by itself. If nobody hears of it, the session has an end of its own.
  if (end !== 'paid') await guest.visitor.leave({ address: stage.stack.outside }).catch(() => {})
  return end
}

async function buy(stage: EveningStage, guest: Guest): Promise<End> {
  const { buyer } = guest
  const { random } = buyer
  await getIn(stage, guest)
  for (let choice = 1; choice <= choicesMax; choice++) {
    await sleep(random.between(pauseMs.least, pauseMs.below))
    const key = randomUUID()
    const ask = {
      type: 'reserve',
      showId,
      target: showId,
      body: { showId, ...wishOf(stage, buyer, choice) },
      key,
    } as const
    const again = random.chance(0.1) ? buyer.ask(ask) : null // the same at once
    const heard = await buyer.insist(ask)
    await again
    if (heard.status === 201) return endOf(buyer, heard.body.id)
    if (heard.body.code === 'not_admitted') await getIn(stage, guest)
    else if (heard.body.code !== 'seats_taken') throw new Error(JSON.stringify(heard.body))
    else if (
      heard.body.commandId !== undefined &&
      'bestAvailable' in ask.body &&
      heard.body.seatsNearby?.length === 0
    )
      return 'sold out'
  }
  return 'came away with nothing'
}

/** Takes a place, asks as often as told, and is there when it is its turn. A place that is lost is taken anew. */
async function getIn(stage: EveningStage, { visitor, buyer }: Guest): Promise<void> {
  const { stack, statuses } = stage
  const at = { address: stack.outside }
  const deadline = performance.now() + patienceMs
  const count = (status: string) => statuses.set(status, (statuses.get(status) ?? 0) + 1)
  while (performance.now() < deadline && !stage.isStopped) {
    const place = await (visitor.queueToken === null
      ? visitor.post(at, `/v1/shows/${showId}/waiting-room`)
      : visitor.get(at, '/v1/waiting-room')
    ).catch(() => null)
    count(String(place?.status ?? 'none'))
    if (place !== null && place.status < 300) {
      visitor.queueToken = place.body.queueToken ?? visitor.queueToken
      if (place.body.state === 'admitted') return
      if (!['not_open', 'waiting', 'paused'].includes(place.body.state)) visitor.queueToken = null
    } else if (place !== null && place.status < 500 && place.status !== requestTimeout)
      throw new Error(JSON.stringify(place.body))
    await sleep(place?.body?.pollAfterMs ?? buyer.random.between(100, 600))
  }
  throw new Error(`${buyer.userId} was not let in within ${patienceMs} ms`)
}

function wishOf({ seatIds }: EveningStage, { random }: Buyer, choice: number): object {
  const count = random.whole(1, 4)
  if (choice > 2 || random.chance(0.4)) return { bestAvailable: { count: choice > 3 ? 1 : count } }
  // Half of the crowd wants the same seats.
  const among = random.chance(0.5) ? Math.min(hotSeatsMax, seatIds.length) : seatIds.length
  const first = random.whole(0, among - count)
  return { seatIds: seatIds.slice(first, first + count) }
}

async function endOf(buyer: Buyer, target: string): Promise<End> {
  const { random } = buyer
  await sleep(random.between(pauseMs.least, pauseMs.below))
  const choice = random.next()
  if (choice > 0.9) return 'let go'
  const type = choice > 0.8 ? 'cancel' : 'pay'
  const ask = { type, showId, target, key: randomUUID() } as const
  const again = random.chance(0.1) ? buyer.ask(ask) : null
  const heard = await buyer.insist(ask)
  await again
  if (heard.status !== 200) return 'let go'
  return type === 'pay' ? 'paid' : 'given back'
}
