// One partition's consumer: subscribes, becomes the owner at its first delivery, decides batch after batch, and
// says what a batch that fails becomes: retried in place, given up, or taken apart until the culprit is parked.
import type { Aftermath } from './aftermath.ts'
import type { Command } from './command.ts'
import { BrokenInvariant, FencedOut, Transient, UnknownVersion } from './failures.ts'
import { type Decider, type Handled, handle, type Item, parse, type Repeats, type Tenure } from './handle.ts'
import { limits } from './limits.ts'
import type { Broker, Clock, Delivery, Log, Ownership, PartitionChannel } from './ports.ts'
import { retrying } from './retry.ts'

/** Hears of what was decided after its commit, in order; must return at once. */
export interface Witness {
  decided(tenure: Tenure, handled: readonly Handled[]): void
  /** A batch was rolled back, and is tried again. */
  retried(tenure: Tenure): void
}

export interface ConsumerParts {
  readonly decider: Decider
  readonly broker: Pick<Broker, 'subscribe'>
  readonly ownership: Pick<Ownership, 'raiseEpoch'>
  readonly aftermath: Aftermath
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly server: string
  readonly witness?: Witness
}

export class Consumer {
  readonly partition: number
  readonly #parts: ConsumerParts
  #channel: PartitionChannel | null = null
  #tenure: Tenure | null = null
  #waitingSince: number | null = null
  /** In as many batches from here on. */
  #repeatsExpected = 0
  #handingOver = new AbortController()

  constructor(parts: ConsumerParts, partition: number) {
    this.#parts = parts
    this.partition = partition
  }

  /** Null while another consumer owns the partition, or nobody has yet. */
  get tenure(): Tenure | null {
    return this.#tenure
  }

  /** It owns the partition or stands by for it. */
  get isSubscribed(): boolean {
    return this.#channel !== null
  }

  /** Since when nothing was delivered to it, in the master's time; null while it has something in hand, or no channel. */
  get waitingSince(): number | null {
    return this.#waitingSince
  }

  /** Until `signal` aborts: the batch in hand is finished, then the channel is closed. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await this.#serve(signal)
      await this.#parts.clock.sleep(pauseMs, signal)
    }
  }

  /** Finishes the batch in hand, then gives the partition up to whoever is next, and stands by behind it. */
  handOver(): void {
    this.#handingOver.abort()
  }

  /** Gives the partition up at once; this server subscribes anew. */
  async resign(): Promise<void> {
    await this.#channel?.close()
  }

  /** @returns how long to stay away before subscribing anew, in ms */
  async #serve(stopping: AbortSignal): Promise<number> {
    const { broker, clock, log } = this.#parts
    const { partition } = this
    this.#handingOver = new AbortController()
    const signal = AbortSignal.any([stopping, this.#handingOver.signal])
    try {
      const channel = await broker.subscribe(partition)
      this.#channel = channel
      while (!signal.aborted) {
        this.#waitingSince = clock.now()
        const deliveries = await receive(channel, signal)
        this.#waitingSince = null
        if (deliveries.length === 0) return 0
        await this.#decideAll(channel, deliveries, signal)
      }
      return 0
    } catch (error) {
      if (error instanceof FencedOut) {
        log.info({ partition, error }, 'another server owns the partition now')
        return 0
      }
      if (error instanceof UnknownVersion) {
        log.error({ partition, error }, 'only a newer server can decide this: giving the partition up')
        return limits.giveUpPauseMs
      }
      if (!signal.aborted) log.warn({ partition, error }, 'the channel failed; subscribing anew')
      return limits.retryDelayMaxMs
    } finally {
      this.#tenure = null
      this.#waitingSince = null
      await this.resign().catch(() => {})
      this.#channel = null
    }
  }

  async #decideAll(
    channel: PartitionChannel,
    deliveries: readonly Delivery[],
    signal: AbortSignal,
  ): Promise<void> {
    const { ownership, aftermath, clock, server, witness } = this.#parts
    const { partition } = this
    const tenure = this.#tenure ?? {
      partition,
      epoch: await this.#retrying(signal, () => ownership.raiseEpoch(partition, server, clock.now())),
    }
    // What the owner before has decided may not have been acknowledged.
    if (this.#tenure === null) this.#repeatsExpected = limits.repeatsExpectedBatches
    this.#tenure = tenure
    for (const batch of batches(deliveries)) {
      const handled = await this.#decide(tenure, batch.items, signal)
      witness?.decided(tenure, handled)
      await channel.acknowledge(batch.through)
      aftermath.follow(partition, handled)
      if (signal.aborted) return
    }
  }

  async #decide(tenure: Tenure, items: readonly Item[], signal: AbortSignal): Promise<Handled[]> {
    try {
      return [await this.#handle(tenure, items, signal)]
    } catch (error) {
      if (error instanceof FencedOut || error instanceof UnknownVersion || error instanceof Transient)
        throw error
      const [item, ...others] = items
      if (item === undefined) throw error
      this.#parts.log.error(
        { partition: this.partition, items: items.length, error },
        'a batch failed for good',
      )
      if (others.length === 0) return this.#setAside(tenure, item, error, signal)

      // By halves: whoever waits behind the culprit waits for a few transactions, not for one a command.
      const middle = items.length >> 1
      const before = await this.#decide(tenure, items.slice(0, middle), signal)
      return [...before, ...(await this.#decide(tenure, items.slice(middle), signal))]
    }
  }

  /** Looks for repeats only where there were some of late: docs/adr/0017. */
  async #handle(tenure: Tenure, items: readonly Item[], signal: AbortSignal): Promise<Handled> {
    const { decider, log, witness } = this.#parts
    const attempt = (repeats: Repeats) =>
      this.#retrying(signal, () => handle(decider, tenure, items, repeats))
    if (this.#repeatsExpected > 0) {
      const handled = await attempt('looked up')
      this.#repeatsExpected =
        handled.repeated.length > 0 ? limits.repeatsExpectedBatches : this.#repeatsExpected - 1
      return handled
    }
    try {
      return await attempt('not expected')
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error
      log.info(
        { partition: this.partition, error },
        'a repeat may be the reason: trying again, with a look for it',
      )
      witness?.retried(tenure)
      this.#repeatsExpected = limits.repeatsExpectedBatches
      return attempt('looked up')
    }
  }

  /**
   * What can't be decided even alone. A command is parked: first as a decision, and if that fails too, as bytes with a
   * reason. Of a wake-up's holds each is tried alone; the one that fails keeps its seats until somebody reads the log.
   */
  async #setAside(tenure: Tenure, item: Item, error: unknown, signal: AbortSignal): Promise<Handled[]> {
    const { delivery } = item
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    switch (item.kind) {
      case 'command':
        return this.#decide(tenure, [{ ...item, kind: 'park', reason }], signal)
      case 'park':
        return this.#decide(
          tenure,
          [{ kind: 'unreadable', delivery, bytes: bytesOf(item.command), reason }],
          signal,
        )
      case 'wake': {
        if (item.only !== undefined) return []
        const handled: Handled[] = []
        for (const only of await this.#overdueIds(tenure, item.until, signal))
          handled.push(...(await this.#decide(tenure, [{ ...item, only }], signal)))
        return handled
      }
      case 'unreadable':
        throw error
    }
  }

  #overdueIds({ partition }: Tenure, until: number, signal: AbortSignal): Promise<string[]> {
    const { master, holdGraceMs } = this.#parts.decider
    return this.#retrying(signal, () =>
      master.transaction(async (transaction) => {
        const rows = await transaction.loadOverdue(partition, until - holdGraceMs, limits.sweepBatchMax)
        return rows.map(({ id }) => id)
      }),
    )
  }

  #retrying<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { clock, random, log } = this.#parts
    const { partition } = this
    return retrying(work, {
      clock,
      random,
      signal,
      isRetried: (error) => error instanceof Transient,
      onRetry: (error, attempt) => {
        log.warn({ partition, attempt, error }, 'retrying what may pass')
        if (this.#tenure !== null) this.#parts.witness?.retried(this.#tenure)
      },
    })
  }
}

/** The next deliveries; none once the channel is closed, which a stop does to a channel that waits. */
export async function receive(channel: PartitionChannel, signal: AbortSignal): Promise<readonly Delivery[]> {
  const close = () => void channel.close().catch(() => {})
  signal.addEventListener('abort', close, { once: true })
  try {
    return await channel.receive(limits.prefetchMessages)
  } finally {
    signal.removeEventListener('abort', close)
  }
}

const bytesOf = (command: Command): Buffer => Buffer.from(JSON.stringify(command))

/** Consecutive deliveries, as many as fit into one transaction; one delivery is never divided. */
function* batches(deliveries: readonly Delivery[]): Generator<{ items: Item[]; through: Delivery }> {
  let items: Item[] = []
  let through: Delivery | null = null
  for (const delivery of deliveries) {
    const added = parse([delivery])
    if (through !== null && items.length + added.length > limits.batchCommandsMax) {
      yield { items, through }
      items = []
    }
    items.push(...added)
    through = delivery
  }
  if (through !== null) yield { items, through }
}
