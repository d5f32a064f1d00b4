// What lies between the servers and the services: how long a way takes, and who is cut off from whom at the moment.
import type { Random } from './random.ts'

export type Port = 'master' | 'broker' | 'fast store'
export const ports: readonly Port[] = ['master', 'broker', 'fast store']

/** One way, in ms. */
const typicalDelayMs: Record<Port, number> = { master: 5, broker: 1.5, 'fast store': 0.2 }

export class Network {
  readonly #random: Random
  readonly #cuts = new Map<string, number>()
  readonly #slowness = new Map<Port, number>()
  #healed: (() => void)[] = []

  constructor(random: Random) {
    this.#random = random
  }

  delayMs(port: Port): number {
    const hiccup = this.#random.chance(0.01) ? 20 : 1
    return typicalDelayMs[port] * (0.5 + this.#random.next()) * hiccup * (this.#slowness.get(port) ?? 1)
  }

  isCut(server: string, port: Port): boolean {
    return this.#cuts.size > 0 && (this.#cuts.has(`${server} ${port}`) || this.#cuts.has(`all ${port}`))
  }

  /** @param server one server, or `all` for a service that is away */
  cut(server: string, port: Port): void {
    const key = `${server} ${port}`
    this.#cuts.set(key, (this.#cuts.get(key) ?? 0) + 1)
  }

  mend(server: string, port: Port): void {
    const key = `${server} ${port}`
    const left = (this.#cuts.get(key) ?? 0) - 1
    if (left > 0) this.#cuts.set(key, left)
    else this.#cuts.delete(key)
    const waiting = this.#healed
    this.#healed = []
    for (const look of waiting) look()
  }

  /** Now, or as soon as the way is open. */
  whenOpen(server: string, port: Port, fire: () => void): void {
    if (!this.isCut(server, port)) fire()
    else this.#healed.push(() => this.whenOpen(server, port, fire))
  }

  slowDown(port: Port, factor: number): void {
    this.#slowness.set(port, factor)
  }
}
