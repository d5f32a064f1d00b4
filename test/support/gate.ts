// Stops whoever calls a method of a port, as a process that is put to sleep there would be, until it is let go on.
export class Gate<Port extends object> {
  readonly port: Port
  #isShut = false
  readonly #reached = Promise.withResolvers<void>()
  readonly #opened = Promise.withResolvers<void>()

  constructor(port: Port, method: keyof Port) {
    const guarded = async (...given: unknown[]) => {
      if (this.#isShut) {
        this.#reached.resolve()
        await this.#opened.promise
      }
      return Reflect.apply(port[method] as (...given: unknown[]) => unknown, port, given)
    }
    this.port = new Proxy(port, {
      get: (target, name) => (name === method ? guarded : Reflect.get(target, name)),
    })
  }

  shut(): void {
    this.#isShut = true
  }

  /** Resolves once somebody stands before it. */
  get reached(): Promise<void> {
    return this.#reached.promise
  }

  open(): void {
    this.#isShut = false
    this.#opened.resolve()
  }
}
