// Who asks, with which rights, and what they have come to know: ids that answers have told them, to be asked about again.
import type { Random } from '../../simulation/random.ts'
import type { EmbeddedServer } from '../../support/embedded-server.ts'
import type { Route } from './contract.ts'
import { Secrets } from './secrets.ts'
import type { Answer } from './sockets.ts'

type Role = 'buyer' | 'developer' | 'admin' | 'payments'

export interface Person {
  readonly userId: string
  readonly role: Role
  readonly authorization: string
  readonly reservations: string[]
  /** Those that may be paid for, as far as one was told. */
  readonly held: Set<string>
  readonly queueTokens: string[]
  readonly keys: string[]
}

const kept = 20
/** After so many requests somebody else comes: a buyer's seats are few. */
const requestsOfBuyer = 300

export class People {
  readonly secrets = new Secrets()
  readonly #server: EmbeddedServer
  readonly #random: Random
  readonly #buyers: Person[] = []
  readonly #staff: Person[] = []
  #asked = 0
  #born = 0

  constructor(server: EmbeddedServer, random: Random) {
    this.#server = server
    this.#random = random
  }

  async begin(): Promise<void> {
    for (const role of ['developer', 'admin', 'payments'] as const) this.#staff.push(await this.#make(role))
    for (let count = 0; count < 4; count++) this.#buyers.push(await this.#make('buyer'))
  }

  /** Somebody who may ask such a thing; null for nobody in particular, where everybody may. */
  async withRight(roles: readonly string[] | null): Promise<Person> {
    if (++this.#asked % requestsOfBuyer === 0) {
      this.#buyers.shift()
      this.#buyers.push(await this.#make('buyer'))
    }
    const all = [...this.#buyers, ...this.#staff]
    const fitting = roles === null ? all : all.filter(({ role }) => roles.includes(role))
    const buyers = fitting.filter(({ role }) => role === 'buyer')
    return this.#random.pick(buyers.length > 0 && this.#random.chance(0.8) ? buyers : fitting)
  }

  anybody(): Person {
    return this.#random.pick([...this.#buyers, ...this.#staff])
  }

  /** A reservation of somebody else's. */
  foreignReservation(person: Person): string | undefined {
    const others = this.#buyers.filter((each) => each !== person && each.reservations.length > 0)
    return others.length === 0 ? undefined : this.#random.pick(this.#random.pick(others).reservations)
  }

  remember(person: Person, { roles }: Route, { status, body }: Answer): void {
    if (person.role === 'buyer' && roles !== null) this.secrets.learn(person, body)
    if (status >= 300) return
    const { id, state, queueToken } = (body ?? {}) as Record<string, unknown>
    if (typeof id === 'string' && typeof state === 'string' && id.split('.').length === 3)
      if (person.role === 'buyer' && !person.reservations.includes(id)) person.reservations.push(id)
    if (person.reservations.length > kept) person.reservations.shift()
    if (typeof id === 'string' && state === 'held') person.held.add(id)
    else if (typeof id === 'string' && state !== 'queued') person.held.delete(id)
    if (typeof queueToken === 'string') person.queueTokens.push(queueToken)
  }

  async #make(role: Role): Promise<Person> {
    const userId = `fuzz-${role}-${++this.#born}-${Math.floor(this.#random.next() * 1e9)}`
    const { authorization } = await this.#server.as(userId, role)
    const person = {
      userId,
      role,
      authorization,
      reservations: [],
      held: new Set<string>(),
      queueTokens: [],
      keys: [],
    }
    this.secrets.add(person)
    return person
  }
}
