// An evening to replay: two shows in one partition, decided by the real engine on a real master, with contention, holds
// that run out, payments that fail, extensions, cancellations, refunds, a pause, a parked command and a change of owner.
// Drawn from a seed, so that it is the same one each time.
import type { WholeMaster } from '../../adapters/master/master.ts'
import { type Command, commandId, fingerprint, partitionOf, reservationId } from '../../engine/command.ts'
import { type Handled, handle, type Item } from '../../engine/handle.ts'
import { limits } from '../../engine/limits.ts'
import { definitionHash, Machines } from '../../engine/machines.ts'
import type { ScheduledShow } from '../../engine/ports.ts'
import { ShowMemory } from '../../engine/show-memory.ts'
import { Shows } from '../../engine/shows.ts'
import { registry } from '../../machines/registry.ts'
import { Random } from '../simulation/random.ts'

export const partitions = 1
export const holdGraceMs = 2_000
export const openedAt = Date.parse('2026-11-22T11:00:00Z')

export interface Evening {
  readonly seed: number
  readonly buyers: number
  /** Commands of buyers, about. */
  readonly commands: number
  readonly rows?: number
  readonly seatsPerRow?: number
  /** Three: what the names of seats begin with. */
  readonly sections?: readonly string[]
  readonly isFree?: boolean
  /** Of the sale; ms since the epoch. */
  readonly opensAt?: number
}

const sectionsUsually = ['A', 'B', 'C']

function hallOf({ rows = 4, seatsPerRow = 6, sections = sectionsUsually }: Evening) {
  const seatIds: string[] = []
  const zones = sections.map((section, place) => ({
    name: `Block ${section}`,
    zone_id: section,
    position: { x: place * 500, y: 0 },
    rows: Array.from({ length: rows }, (_, row) => ({
      row_number: String(row + 1),
      position: { x: 0, y: row * 20 },
      seats: Array.from({ length: seatsPerRow }, (_, seat) => {
        const id = `${section}-${row + 1}-${seat + 1}`
        seatIds.push(id)
        const category = row < 2 ? 'front' : 'back'
        return { seat_guid: id, seat_number: String(seat + 1), category, position: { x: seat * 15, y: 0 } }
      }),
    })),
  }))
  const size = { width: 1_600, height: rows * 20 + 20 }
  return { seatIds, plan: { name: 'Hall', size, categories: [{ name: 'front' }, { name: 'back' }], zones } }
}

export const showOf = (id: string): ScheduledShow => ({
  id,
  concertId: 'concert',
  venueId: 'hall',
  currency: 'KRW',
  startsAt: openedAt + 86_400_000,
  opensAt: openedAt,
  closesAt: openedAt + 3_600_000,
  holdTtlMs: 6_000,
  seatLimit: 4,
  extensionMs: 5_000,
  extensionsMax: 1,
  refundableUntil: openedAt + 3_000_000,
  hasWaitingRoom: false,
  prices: { front: 110_000, back: 66_000 },
})

interface Buyer {
  readonly userId: string
  readonly reservations: { id: string; showId: string }[]
  requests: number
}

export class RecordedSale {
  readonly #master: WholeMaster
  readonly #evening: Evening
  readonly #key: Buffer
  readonly #random: Random
  readonly #machines: Machines
  readonly #shows: Shows
  readonly #seatIds: readonly string[]
  readonly #buyers: readonly Buyer[]
  readonly #claims = new Map<string, string>()
  readonly showIds = ['spring-1', 'spring-2']
  #epoch = 0
  #delivery = 0
  now = openedAt

  private constructor(master: WholeMaster, key: Buffer, evening: Evening) {
    this.#master = master
    this.#key = key
    this.#evening = evening
    this.#random = new Random(evening.seed)
    this.#machines = new Machines(master)
    this.#shows = new Shows(master)
    this.#seatIds = hallOf(evening).seatIds
    this.#buyers = Array.from({ length: evening.buyers }, (_, buyer) => ({
      userId: `buyer-${buyer}`,
      reservations: [],
      requests: 0,
    }))
  }

  static async record(master: WholeMaster, evening: Evening): Promise<RecordedSale> {
    const sale = new RecordedSale(master, (await master.settings()).reservationIdKey, evening)
    await sale.#open()
    await sale.#sell()
    return sale
  }

  async #open(): Promise<void> {
    const master = this.#master
    const { plan, seatIds } = hallOf(this.#evening)
    await master.register(registry.map((each) => ({ ...each, definitionHash: definitionHash(each) })))
    await master.keepCurrency('KRW')
    await master.createVenue({ id: 'hall', name: 'Hall', seatCount: seatIds.length, plan })
    await master.createConcert({ id: 'concert', name: 'Spring Tour', description: '' })
    const { isFree = false, opensAt = openedAt } = this.#evening
    const prices = isFree ? { prices: { front: 0, back: 0 } } : {}
    for (const id of this.showIds) await master.createShow({ ...showOf(id), ...prices, opensAt })
    await this.#machines.refresh()
    await this.takeOver()
  }

  /** Another consumer owns the partition from here on. */
  async takeOver(): Promise<void> {
    this.#epoch = await this.#master.raiseEpoch(partitionOf('', partitions), 'server', this.now)
    this.#delivery = 0
  }

  async #sell(): Promise<void> {
    const random = this.#random
    let left = this.#evening.commands
    let nextWake = this.now + 1_000
    while (left > 0) {
      this.now += random.whole(5, 400)
      const size = Math.min(left, random.whole(1, this.#evening.commands > 5_000 ? 400 : 12))
      left -= size
      const items: Item[] = []
      for (let index = 0; index < size; index++) items.push(await this.#someItem())
      if (this.now >= nextWake) {
        items.push({ kind: 'wake', delivery: this.#delivery + 1, until: this.now - random.whole(0, 40) })
        nextWake += 1_000
      }
      await this.decide(items)
      if (random.chance(0.03)) await this.takeOver()
    }
    for (let second = 0; second < 12; second++) {
      this.now += 1_000
      await this.decide([{ kind: 'wake', delivery: this.#delivery + 1, until: this.now }])
    }
  }

  async decide(items: readonly Item[]): Promise<Handled> {
    this.#delivery++
    const decider = {
      master: this.#master,
      machines: this.#machines,
      shows: this.#shows,
      holdGraceMs,
      claims: { claimed: async () => new Map(this.#claims) },
      clock: { now: () => this.now },
      memory: new ShowMemory(),
    }
    const partition = partitionOf('', partitions)
    return handle(decider, { partition, epoch: this.#epoch }, items)
  }

  /** A command of this buyer as the intake would make it. */
  command(buyer: Buyer, what: object & Pick<Command, 'type'>, showId: string, subjectId?: string): Command {
    const { userId } = buyer
    const key = `${userId}-${++buyer.requests}`
    const subject = subjectId ?? reservationId(this.#key, userId, showId, key)
    const id = commandId(userId, what.type, subject, key)
    const acceptedAt = this.now - this.#random.whole(0, 30)
    const print = fingerprint({ showId, ...what })
    return {
      id,
      showId,
      subjectId: subject,
      userId,
      fingerprint: print,
      acceptedAt,
      ...what,
    } as Command
  }

  async #someItem(): Promise<Item> {
    const random = this.#random
    const buyer = this.#buyers[random.whole(0, this.#buyers.length - 1)] as Buyer
    const delivery = this.#delivery + 1
    const asItem = (command: Command): Item => ({ kind: 'command', delivery, command })
    const dice = random.whole(0, 999)
    const own = buyer.reservations[random.whole(0, Math.max(0, buyer.reservations.length - 1))]
    if (own === undefined || dice < 420) return this.#reserve(buyer, delivery)
    const of = (type: 'pay' | 'extend' | 'cancel' | 'refund') =>
      asItem(this.command(buyer, { type }, own.showId, own.id))
    if (dice < 560) {
      await this.#master.charge({
        id: commandId(buyer.userId, 'charge', '', String(++buyer.requests)),
        userId: buyer.userId,
        at: this.now,
        amount: random.whole(1, 4) * 60_000,
      })
      return of('pay')
    }
    if (dice < 760) return of('pay')
    if (dice < 850) return of('extend')
    if (dice < 960) return of('cancel')
    if (dice < 980) return of('refund')
    if (dice < 990) {
      const command = this.command(buyer, { type: 'pay' }, own.showId, own.id)
      return {
        kind: 'park',
        delivery,
        command,
        reason: `BrokenInvariant: the balance of ${buyer.userId} is odd`,
      }
    }
    const showId = this.#someShow()
    const type = random.chance(0.4) ? 'pause' : 'resume'
    return asItem(this.command({ ...buyer, userId: 'admin' }, { type }, showId, showId))
  }

  #reserve(buyer: Buyer, delivery: number): Item {
    const random = this.#random
    const showId = this.#someShow()
    const count = random.whole(1, 3)
    const from = random.whole(0, this.#seatIds.length - count)
    const stale = random.chance(0.02) ? { acceptedAt: this.now - limits.commandAgeMaxMs - 1 } : {}
    const { sections = sectionsUsually } = this.#evening
    const sectionId = random.chance(0.5) ? {} : { sectionId: sections[random.whole(0, 2)] as string }
    const wish = random.chance(0.4)
      ? { bestAvailable: { count, ...sectionId } }
      : { seatIds: random.chance(0.01) ? ['nowhere'] : this.#seatIds.slice(from, from + count) }
    const command = { ...this.command(buyer, { type: 'reserve', ...wish }, showId), ...stale } as Command
    buyer.reservations.push({ id: command.subjectId, showId })
    this.#claims.clear()
    if (random.chance(0.5))
      this.#claims.set(this.#seatIds[random.whole(0, this.#seatIds.length - 1)] as string, 'somebody')
    if (random.chance(0.01)) return { kind: 'park', delivery, command, reason: 'TypeError: x is undefined' }
    return { kind: 'command', delivery, command }
  }

  #someShow(): string {
    return this.showIds[this.#random.chance(0.8) ? 0 : 1] as string
  }
}
