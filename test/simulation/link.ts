// How one process reaches the services: each call takes its time both ways, and may be lost on either; the process may
// be killed before it or after it took effect. Whatever was sent arrives, also when its sender is dead by then.
import { HoldfastError } from '../../engine/errors.ts'
import { Transient } from '../../engine/failures.ts'
import type { Faults } from './faults.ts'
import type { Network, Port } from './network.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

export interface LinkParts {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly faults: Faults
  readonly random: Random
  /** Hears what happens; lines are only made where somebody listens. */
  readonly trace: (line: () => string) => void
}

export class Link {
  readonly process: Process
  readonly #parts: LinkParts

  constructor(process: Process, parts: LinkParts) {
    this.process = process
    this.#parts = parts
  }

  get faults(): Faults {
    return this.#parts.faults
  }

  trace(line: () => string): void {
    this.#parts.trace(() => `${this.process.name} ${line()}`)
  }

  /** The effect happens at the service; its outcome comes back, unless something is in the way. */
  call<T>(port: Port, effect: () => T | Promise<T>): Promise<T> {
    const { network, faults } = this.#parts
    const { process } = this
    return new Promise<T>((resolve, reject) => {
      if (!process.isAlive) return
      const fault = faults.ofCall(port)
      if (fault === 'crash before a call') return faults.crash(process, fault)
      const fail = () => this.#fail(port, reject)
      const reply = (settle: () => void) => {
        if (fault === 'crash after a call') return faults.crash(process, fault)
        if (fault === 'reply lost') return fail()
        this.#travel(port, () => {
          if (network.isUnheard(process.server, port)) fail()
          else process.run(settle)
        })
      }
      this.#travel(port, () => {
        if (fault === 'request lost' || network.isCut(process.server, port)) return fail()
        this.#carryOut(effect, reply, resolve, reject)
      })
    })
  }

  /** Nobody waits for the outcome; what is cut off arrives when the way is open again. */
  send(port: Port, effect: () => unknown): void {
    const { network, faults } = this.#parts
    const { process } = this
    if (!process.isAlive) return
    const fault = faults.ofSend()
    if (fault === 'crash before a call') {
      faults.crash(process, fault)
      return
    }
    this.#travel(port, () => {
      network.whenOpen(process.server, port, effect)
      if (fault === 'crash after a call') faults.crash(process, fault)
    })
  }

  /** Waits for as long as it takes, over cuts too; resolves when the outcome has come back. */
  await<T>(port: Port, effect: () => Promise<T>): Promise<T> {
    const { network, faults } = this.#parts
    const { process } = this
    return new Promise<T>((resolve, reject) => {
      if (!process.isAlive) return
      const fault = faults.ofSend()
      if (fault === 'crash before a call') return faults.crash(process, fault)
      const back = (settle: () => void) => {
        if (fault === 'crash after a call') return faults.crash(process, fault)
        this.#travel(port, () => network.whenHeard(process.server, port, () => process.run(settle)))
      }
      this.#travel(port, () =>
        network.whenOpen(process.server, port, () => this.#carryOut(effect, back, resolve, reject)),
      )
    })
  }

  #carryOut<T>(
    effect: () => T | Promise<T>,
    reply: (settle: () => void) => void,
    resolve: (outcome: T) => void,
    reject: (reason: unknown) => void,
  ): void {
    try {
      const outcome = effect()
      if (outcome instanceof Promise)
        outcome.then(
          (value) => reply(() => resolve(value)),
          (reason) => reply(() => reject(reason)),
        )
      else reply(() => resolve(outcome))
    } catch (reason) {
      reply(() => reject(reason))
    }
  }

  #travel(port: Port, arrive: () => void): void {
    const { scheduler, network } = this.#parts
    scheduler.after(network.delayMs(this.process.server, port), arrive)
  }

  /** What the client of each service makes of it, some time later. */
  #fail(port: Port, reject: (reason: unknown) => void): void {
    const { scheduler, random } = this.#parts
    const { process } = this
    scheduler.after(random.between(5, 400), () => process.run(() => reject(unreachable(port))))
  }
}

const unreachable = (port: Port): Error =>
  port === 'master' || port === 'replica'
    ? new Transient(`the connection to the ${port} is gone`)
    : new HoldfastError('unavailable', `the ${port} does not answer`, { mayHaveBeenAccepted: false })
