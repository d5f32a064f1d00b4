// What lies between the parts: how long a way takes, who is cut off from whom at the moment, and which ways are clogged.
import type { Random } from './random.ts'

export type Port = 'master' | 'broker' | 'fast store' | 'replica' | 'clients'
export const ports: readonly Port[] = ['master', 'broker', 'fast store', 'replica', 'clients']

/** One way, in ms. */
const typicalDelayMs: Record<Port, number> = {
  master: 10,
  broker: 1.5,
  'fast store': 0.2,
  replica: 2,
  clients: 0.5,
}

export class Network {
  readonly #random: Random
  readonly #now: () => number
  readonly #cuts = new Map<string, number>()
  readonly #deaf = new Map<string, number>()
  readonly #slowness = new Map<Port, number>()
  readonly #clogs = new Map<string, number>()
  #healed: (() => void)[] = []

  /** @param now virtual ms */
  constructor(random: Random, now: () => number) {
    this.#random = random
    this.#now = now
  }

  /** Of one message between a server and a port, either way. */
  delayMs(server: string, port: Port): number {
    const dice = this.#random.next()
    const hiccup = dice < 0.01 ? 20 : 1
    const ownMs = typicalDelayMs[port] * (0.5 + dice) * hiccup * (this.#slowness.get(port) ?? 1)
    if (this.#clogs.size === 0) return ownMs
    const openAt = this.#clogs.get(`${server} ${port}`) ?? 0
    return Math.max(0, openAt - this.#now()) + ownMs
  }

  isCut(server: string, port: Port): boolean {
    return this.#cuts.size > 0 && (this.#cuts.has(`${server} ${port}`) || this.#cuts.has(`all ${port}`))
  }

  /** What the port sends does not arrive at the server, also where what the server sends does. */
  isUnheard(server: string, port: Port): boolean {
    return this.isCut(server, port) || (this.#deaf.size > 0 && this.#deaf.has(`${server} ${port}`))
  }

  /** @param server one server, or `all` for a service that is away */
  cut(server: string, port: Port): void {
    count(this.#cuts, `${server} ${port}`, 1)
  }

  mend(server: string, port: Port): void {
    count(this.#cuts, `${server} ${port}`, -1)
    this.#tellHealed()
  }

  /** One way only: the server's messages arrive, and it hears nothing. */
  deafen(server: string, port: Port): void {
    count(this.#deaf, `${server} ${port}`, 1)
  }

  undeafen(server: string, port: Port): void {
    count(this.#deaf, `${server} ${port}`, -1)
    this.#tellHealed()
  }

  /** All that travels meanwhile arrives when the link is free again, none of it lost. */
  clog(server: string, port: Port, untilMs: number): void {
    this.#clogs.set(`${server} ${port}`, untilMs)
  }

  /** Now, or as soon as the way is open. */
  whenOpen(server: string, port: Port, fire: () => void): void {
    if (!this.isCut(server, port)) fire()
    else this.#healed.push(() => this.whenOpen(server, port, fire))
  }

  /** Now, or as soon as the server hears the port again. */
  whenHeard(server: string, port: Port, fire: () => void): void {
    if (!this.isUnheard(server, port)) fire()
    else this.#healed.push(() => this.whenHeard(server, port, fire))
  }

  slowDown(port: Port, factor: number): void {
    this.#slowness.set(port, factor)
  }

  unclog(): void {
    this.#clogs.clear()
  }

  #tellHealed(): void {
    const waiting = this.#healed
    this.#healed = []
    for (const look of waiting) look()
  }
}

function count(counts: Map<string, number>, key: string, by: number): void {
  const left = (counts.get(key) ?? 0) + by
  if (left > 0) counts.set(key, left)
  else counts.delete(key)
}
