// A buyer on the evening of the sale: reserves, and then does whatever people do with a hold.
import type { Wish } from '../../engine/intake.ts'
import type { ScheduledShow } from '../../engine/ports.ts'
import { Client, type ClientParts, type Sent } from './client.ts'
import { type Hall, salesOpenAtMs } from './hall.ts'
import { askInVain } from './in-vain.ts'
import { beginning } from './process-clock.ts'
import type { Random } from './random.ts'
import { Waiting } from './waiting.ts'

export interface Sale {
  readonly hall: Hall
  readonly shows: readonly ScheduledShow[]
  /** Whether it is too late to begin anything new. */
  readonly isOver: () => boolean
  /** Reservations that were paid for, for an administrator to refund. */
  readonly paid: Paid[]
}

interface Paid {
  readonly showId: string
  readonly reservationId: string
  readonly userId: string
}

interface Hold {
  readonly showId: string
  readonly reservationId: string
  /** ms after the beginning. */
  readonly deadlineMs: number
}

type Habit = (buyer: Buyer, hold: Hold) => Promise<unknown>

/** How often people do what, out of the sum. */
const habits: readonly [weight: number, habit: Habit][] = [
  [30, (buyer, hold) => buyer.thinkThen(() => buyer.pay(hold))],
  [12, (buyer, hold) => buyer.atTheLastMoment(hold, () => buyer.pay(hold))],
  [6, (buyer, hold) => buyer.tooLate(hold, () => buyer.pay(hold))],
  [8, (buyer, hold) => Promise.all([buyer.pay(hold), buyer.soonThen(() => buyer.pay(hold))])],
  [6, (buyer, hold) => Promise.all([buyer.pay(hold), buyer.soonThen(() => buyer.cancel(hold))])],
  [6, (buyer, hold) => buyer.pay(hold).then(() => buyer.thinkThen(() => buyer.cancel(hold)))],
  [8, (buyer, hold) => buyer.thinkThen(() => buyer.cancel(hold))],
  [
    3,
    (buyer, hold) =>
      buyer
        .pay(hold)
        .then(() => buyer.cancel(hold))
        .then(() => buyer.goOnAfterItsEnd(hold)),
  ],
  [3, (buyer, hold) => buyer.cancel(hold).then(() => buyer.goOnAfterItsEnd(hold))],
  [3, (buyer, hold) => buyer.tooLate(hold, () => buyer.goOnAfterItsEnd(hold))],
  [8, (buyer, hold) => buyer.extend(hold).then(() => buyer.thinkThen(() => buyer.pay(hold)))],
  [8, (buyer, hold) => buyer.atTheLastMoment(hold, () => buyer.extend(hold))],
  [4, (buyer, hold) => Promise.all([buyer.extend(hold), buyer.extend(hold)])],
  [14, async () => {}],
]

export class Buyer extends Client {
  readonly #sale: Sale
  readonly #waiting: Waiting

  constructor(userId: string, random: Random, parts: ClientParts, sale: Sale) {
    super(userId, random, parts)
    this.#sale = sale
    this.#waiting = new Waiting(this, parts.notes)
  }

  async live(): Promise<void> {
    const { random } = this
    await this.sleep(random.between(0, salesOpenAtMs))
    // Some can pay for everything, some for one reservation, some for nothing.
    await this.charge(random.pick([4_000, 7_000, 10_000, 10_000, 50_000]))
    await this.sleep(salesOpenAtMs - 50 - this.now + random.next() ** 2 * 5_000)
    while (!this.#sale.isOver()) {
      if (random.chance(0.05)) await askInVain(this, this.#sale)
      if (random.chance(0.3)) await this.#visitAll()
      else await this.#visit(random.pick(this.#sale.shows))
      await this.sleep(random.between(20, 1_000))
    }
  }

  async pay(hold: Hold): Promise<void> {
    const sent = await this.#order('pay', hold)
    if (sent?.decision.outcome === 'accepted') this.#sale.paid.push({ ...hold, userId: this.userId })
    if (sent?.decision.code !== 'insufficient_balance' || this.random.chance(0.5)) return
    await this.charge(10_000)
    await this.#order('pay', hold)
  }

  extend(hold: Hold): Promise<unknown> {
    return this.#order('extend', hold)
  }

  cancel(hold: Hold): Promise<unknown> {
    return this.#order('cancel', hold)
  }

  /** Whatever its end was. */
  async goOnAfterItsEnd(hold: Hold): Promise<void> {
    await Promise.all([this.pay(hold), this.extend(hold), this.cancel(hold)])
  }

  async soonThen(act: () => Promise<unknown>): Promise<void> {
    await this.sleep(this.random.between(0, 3))
    await act()
  }

  async thinkThen(act: () => Promise<unknown>): Promise<void> {
    await this.sleep(this.random.between(20, 800))
    await act()
  }

  async atTheLastMoment({ deadlineMs }: Hold, act: () => Promise<unknown>): Promise<void> {
    await this.sleep(deadlineMs - this.now + this.random.between(-400, 30))
    await act()
  }

  async tooLate({ deadlineMs }: Hold, act: () => Promise<unknown>): Promise<void> {
    await this.sleep(deadlineMs - this.now + this.random.between(1, 4_000))
    await act()
  }

  /** Tries for seats until there is a hold, or no hope. */
  async #visit({ id: showId, hasWaitingRoom }: ScheduledShow): Promise<void> {
    const token = hasWaitingRoom ? await this.#waiting.enter(showId) : undefined
    if (hasWaitingRoom && token === undefined && this.random.chance(0.8)) return
    for (let attempt = 0; attempt < 3; attempt++) {
      const hold = await this.#reserve(showId, token)
      if (hold) return this.#decideWhatToDo(hold)
      await this.sleep(this.random.between(20, 800))
    }
  }

  /** Pays at the same moment for whatever it got. */
  async #visitAll(): Promise<void> {
    const open = this.#sale.shows.filter(({ hasWaitingRoom }) => !hasWaitingRoom)
    const holds = await Promise.all(open.map(({ id }) => this.#reserve(id)))
    await Promise.all(holds.map((hold) => hold && this.pay(hold)))
  }

  async #reserve(showId: string, token?: string): Promise<Hold | null> {
    const wish = this.#wish()
    const other = this.#wish()
    const idempotencyKey = this.newKey()
    const { userId } = this
    let reservationId = ''
    const send =
      (wanted: Wish): Parameters<Client['command']>[1] =>
      async ({ intake, waitingRoom }, waitMs) => {
        if (token !== undefined) waitingRoom.checkToken(token, userId, showId)
        const accepted = await intake.reserve({ userId, idempotencyKey, waitMs, showId, wish: wanted })
        reservationId = accepted.subjectId
        return accepted
      }
    const asked = { idempotencyKey, type: 'reserve', target: showId, showId, body: JSON.stringify(wish) }
    const sent = this.command(asked, send(wish), { body: JSON.stringify(other), send: send(other) })
    if (this.random.chance(0.05)) void this.sleep(5).then(() => this.#payBlindly(showId, () => reservationId))
    const told = await sent
    if (told?.decision.outcome !== 'accepted') return null
    const row = await this.find(({ master }) => master.reservation(reservationId))
    if (row?.deadline == null) return null
    if (this.random.chance(0.2)) await this.#lookUp(showId)
    return { showId, reservationId, deadlineMs: row.deadline - beginning }
  }

  /** Whoever brings a commit point sees all that was committed by then. */
  async #lookUp(showId: string): Promise<void> {
    const known = await this.find(async ({ master }) => (await master.seatMap(showId))?.revision ?? 0)
    if (known === null) return
    const point = await this.find(({ replica }) => replica.commitPoint())
    if (point === null) return
    const seen = await this.find(async ({ replica }) => (await replica.lookUps(point)).show(showId))
    if (seen) this.lookedUp({ showId, known, seen: seen.revision, at: this.now })
  }

  /** While the reservation may still wait in the queue. */
  async #payBlindly(showId: string, reservationId: () => string): Promise<void> {
    if (reservationId() !== '') await this.pay({ showId, reservationId: reservationId(), deadlineMs: 0 })
  }

  async #decideWhatToDo(hold: Hold): Promise<void> {
    let dice = this.random.next() * habits.reduce((sum, [weight]) => sum + weight, 0)
    const found = habits.find(([weight]) => {
      dice -= weight
      return dice < 0
    })
    await found?.[1](this, hold)
  }

  #order(type: 'pay' | 'extend' | 'cancel', { showId, reservationId }: Hold): Promise<Sent | null> {
    const idempotencyKey = this.newKey()
    const { userId } = this
    const asked = { idempotencyKey, type, target: reservationId, showId, body: '' }
    return this.command(asked, ({ intake }, waitMs) =>
      intake.command({ userId, idempotencyKey, waitMs, type, reservationId, showId }),
    )
  }

  #wish(): Wish {
    const { random } = this
    const { seatIds, sections } = this.#sale.hall
    const count = random.chance(0.02) ? random.whole(5, 12) : random.whole(1, 4)
    if (random.chance(0.5)) {
      const sectionId = random.chance(0.02) ? 'nowhere' : random.pick(sections)
      return { bestAvailable: { count, ...(random.chance(0.5) ? { sectionId } : {}) } }
    }
    const first = Math.floor(random.next() ** 2 * seatIds.length)
    const chosen = seatIds.slice(first, first + count)
    return { seatIds: random.chance(0.5) ? chosen : chosen.reverse() }
  }
}
