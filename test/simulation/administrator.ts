// Stops and resumes sales now and then, also those that stand or go on already, refunds somebody or a whole show, and
// sends again what was parked.
import type { ScheduledShow } from '../../engine/ports.ts'
import type { Sale } from './buyer.ts'
import { Client, type ClientParts } from './client.ts'
import type { Random } from './random.ts'

export class Administrator extends Client {
  readonly #sale: Sale

  constructor(random: Random, parts: ClientParts, sale: Sale) {
    super('administrator', random, parts)
    this.#sale = sale
  }

  async live(): Promise<void> {
    const { random } = this
    const room = this.#sale.shows.find(({ hasWaitingRoom }) => hasWaitingRoom)
    if (room && random.chance(0.6)) await this.#changeInlet(room, { isLottery: true })
    while (!this.#sale.isOver()) {
      await this.sleep(random.between(500, 5_000))
      if (random.chance(0.3)) await this.#redrive()
      const paid = this.#sale.paid.at(-1)
      if (paid && random.chance(0.6)) await this.#administer('refund', paid.showId, paid.reservationId)
      else if (paid && random.chance(0.1)) await this.#refundAll(paid.showId)
      else await this.#interrupt(random.chance(0.05) ? 'nowhere' : random.pick(this.#sale.shows).id)
      if (room && random.chance(0.5)) await this.#changeInlet(room)
    }
  }

  async #interrupt(showId: string): Promise<void> {
    const { random } = this
    if (random.chance(0.1)) await this.#administer('resume', showId, showId)
    await this.#administer('pause', showId, showId)
    if (random.chance(0.1)) await this.#administer('pause', showId, showId)
    await this.sleep(random.between(50, 700))
    await this.#administer('resume', showId, showId)
  }

  /** Refunded ones among them. */
  async #refundAll(showId: string): Promise<void> {
    const ofShow = this.#sale.paid.filter((each) => each.showId === showId)
    await Promise.all(ofShow.map(({ reservationId }) => this.#administer('refund', showId, reservationId)))
  }

  async #changeInlet({ id, holdTtlMs }: ScheduledShow, more: { isLottery?: boolean } = {}): Promise<void> {
    const { random } = this
    const settings = {
      ratePerSecond: random.between(5, 100),
      admittedMax: random.whole(5, 60),
      sessionTtlMs: holdTtlMs + random.whole(0, 8_000),
      followsStock: random.chance(0.3),
      ...more,
    }
    await this.find(({ waitingRoom }) => waitingRoom.configure(id, settings).then(() => true))
    if (random.chance(0.6)) return
    await this.find(({ waitingRoom }) => waitingRoom.pause(id).then(() => true))
    await this.sleep(random.between(50, 1_500))
    await this.find(({ waitingRoom }) => waitingRoom.resume(id).then(() => true))
  }

  /** Sends something that was parked again, also what nobody can read. */
  async #redrive(): Promise<void> {
    const all = await this.find(({ master }) => master.list(1_000))
    if (all === null || all.length === 0) return
    const parked = this.random.pick(all)
    const reason = this.random.chance(0.5) ? 'it should work now' : undefined
    const idempotencyKey = this.newKey()
    const { userId } = this
    const asked = {
      idempotencyKey,
      type: 'redrive',
      target: parked.id,
      showId: parked.showId ?? '',
      body: '',
    }
    await this.command(asked, ({ intake }, waitMs) =>
      intake.redrive({ userId, idempotencyKey, waitMs, parked, ...(reason === undefined ? {} : { reason }) }),
    )
  }

  async #administer(type: 'refund' | 'pause' | 'resume', showId: string, subjectId: string): Promise<void> {
    const idempotencyKey = this.newKey()
    const { userId } = this
    const asked = { idempotencyKey, type, target: subjectId, showId, body: '' }
    await this.command(asked, ({ intake }, waitMs) =>
      intake.administer({ userId, idempotencyKey, waitMs, type, subjectId, showId }),
    )
  }
}
