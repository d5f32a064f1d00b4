// A sale as load: buyers who hold, pay, give back and let run out, until they are told to stop.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../support/until.ts'
import type { Buyer } from './buyer.ts'

/** What a load needs of a stage. */
interface Sale {
  readonly onSale: readonly string[]
  putOnSale(count: number): Promise<void>
  buyers(count: number): Promise<Buyer[]>
}

const roundsMax = 20_000
/** A fault may take long to heal, and a machine that others use may be slow. */
const patienceMs = 120_000
/** Then other shows go on sale, long before these are sold out or a buyer may have no more seats. */
const paymentsPerBuyerAndShow = 8
const pauseMs = { least: 20, below: 150 }
/** Everybody wants these. */
const hotSeats = Array.from(
  { length: 60 },
  (_, index) => `A-${1 + Math.floor(index / 10)}-${1 + (index % 10)}`,
)

export interface Load {
  /** How many reservations were held and paid so far. */
  readonly done: { held: number; paid: number }
  /** Resolves once this many more are paid than now; when much was sold, on other shows. */
  more(paid: number): Promise<void>
  /** Resolves once every buyer has finished what was begun. */
  stop(): Promise<void>
}

export async function startLoad(stage: Sale, buyers: number): Promise<Load> {
  const done = { held: 0, paid: 0 }
  const stopping = new AbortController()
  const people = await stage.buyers(buyers)
  const shows = stage.onSale.length
  const payments = buyers * shows * paymentsPerBuyerAndShow
  const turn = { shows, payments, ends: payments }
  const buying = Promise.all(people.map((buyer) => buyOn(stage, buyer, done, stopping.signal)))
  buying.catch(() => {})
  return {
    done,
    async more(paid) {
      if (done.paid >= turn.ends) {
        await stage.putOnSale(turn.shows)
        turn.ends = done.paid + turn.payments
      }
      const enough = done.paid + paid
      await Promise.race([buying, until(() => done.paid >= enough, patienceMs)])
    },
    async stop() {
      stopping.abort()
      await buying
    },
  }
}

async function buyOn(stage: Sale, buyer: Buyer, done: Load['done'], stopping: AbortSignal): Promise<void> {
  const { random } = buyer
  for (let round = 0; round < roundsMax && !stopping.aborted; round++) {
    await sleep(random.between(pauseMs.least, pauseMs.below))
    const showId = random.pick(stage.onSale)
    const key = randomUUID()
    const body = { showId, ...wishOf(buyer) }
    const ask = { type: 'reserve', showId, target: showId, body, key } as const
    const again = random.chance(0.1) ? buyer.ask(ask) : null // the same at once, perhaps elsewhere
    const held = await buyer.insist(ask)
    await again
    if (held.status !== 201) continue
    done.held++
    await end(buyer, showId, held.body.id, done)
  }
}

async function end(buyer: Buyer, showId: string, target: string, done: Load['done']): Promise<void> {
  const { random } = buyer
  const choice = random.next()
  if (choice > 0.85) return // it will run out
  if (choice > 0.7) {
    await buyer.insist({ type: 'cancel', showId, target })
    return
  }
  const ask = { type: 'pay', showId, target, key: randomUUID() } as const
  const again = random.chance(0.1) ? buyer.ask(ask) : null
  const paid = await buyer.insist(ask)
  await again
  if (paid.status === 200) done.paid++
}

function wishOf({ random }: Buyer): object {
  const count = random.whole(1, 2)
  if (random.chance(0.4)) return { bestAvailable: { count } }
  const first = random.whole(0, hotSeats.length - count)
  return { seatIds: hotSeats.slice(first, first + count) }
}
