// The log of one request, which names it. Hardly any request writes a line: its logger is made with the first one.
import type { FastifyBaseLogger } from 'fastify'

type Bindings = Parameters<FastifyBaseLogger['child']>[0]
type Line = [message: string]

class RequestLog implements FastifyBaseLogger {
  readonly #parent: FastifyBaseLogger
  readonly #bindings: Bindings
  #made: FastifyBaseLogger | null = null

  constructor(parent: FastifyBaseLogger, bindings: Bindings) {
    this.#parent = parent
    this.#bindings = bindings
  }

  get #log(): FastifyBaseLogger {
    this.#made ??= this.#parent.child(this.#bindings)
    return this.#made
  }

  get level(): string {
    return this.#parent.level
  }

  child(...given: Parameters<FastifyBaseLogger['child']>): FastifyBaseLogger {
    return this.#log.child(...given)
  }

  fatal(...line: unknown[]): void {
    this.#log.fatal(...(line as Line))
  }

  error(...line: unknown[]): void {
    this.#log.error(...(line as Line))
  }

  warn(...line: unknown[]): void {
    this.#log.warn(...(line as Line))
  }

  info(...line: unknown[]): void {
    this.#log.info(...(line as Line))
  }

  debug(...line: unknown[]): void {
    this.#log.debug(...(line as Line))
  }

  trace(...line: unknown[]): void {
    this.#log.trace(...(line as Line))
  }

  silent(): void {}
}

export const requestLog = (parent: FastifyBaseLogger, bindings: Bindings): FastifyBaseLogger =>
  new RequestLog(parent, bindings)
