// One run of an app server's process. What reaches it from outside comes through here: a process that is stopped hears
// it later, one that was killed never; what it has open elsewhere is closed by those at the other end.
import type { Channel } from './broker.ts'
import type { Batch } from './master/batch.ts'

export class Process {
  /** Of this run alone: after a restart it is another one. */
  readonly name: string
  readonly server: string
  readonly batches = new Set<Batch>()
  readonly channels = new Set<Channel>()
  /** How to tell each client that waits for an answer that the connection is gone. */
  readonly hangUps = new Set<() => void>()
  #state: 'running' | 'stopped' | 'dead' = 'running'
  #backlog: (() => void)[] = []

  constructor(server: string, run: number) {
    this.server = server
    this.name = `${server}.${run}`
  }

  get isAlive(): boolean {
    return this.#state !== 'dead'
  }

  get isStopped(): boolean {
    return this.#state === 'stopped'
  }

  run(fire: () => void): void {
    if (this.#state === 'running') fire()
    else if (this.#state === 'stopped') this.#backlog.push(fire)
  }

  /** SIGSTOP. */
  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped'
  }

  /** SIGCONT: all that has come meanwhile is there at once, in order. */
  goOn(): void {
    if (this.#state !== 'stopped') return
    this.#state = 'running'
    const backlog = this.#backlog
    this.#backlog = []
    for (const fire of backlog) this.run(fire)
  }

  /** SIGKILL. */
  kill(): void {
    this.#state = 'dead'
    this.#backlog = []
  }

  closeBatches(): void {
    for (const batch of this.batches) batch.lose()
    this.batches.clear()
  }

  /** It keeps its channels, and is delivered nothing on those that are open now. */
  deafenChannels(): void {
    for (const channel of this.channels) channel.deafen()
  }

  closeChannels(): void {
    for (const channel of this.channels) channel.end()
    this.channels.clear()
  }
}
