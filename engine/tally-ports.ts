// What the engine counts as it commits, and where any server finds the counts of all partitions.

/** One of a machine's branches, by its place in the chart. */
export interface Flow {
  /** Since the tally began. */
  readonly total: number
  readonly lastMinute: number
  readonly perSecond: number
}

/** One version of a machine. */
export interface MachineTally {
  /** How many reservations are in each state; of shows this is not counted. */
  readonly states: Readonly<Record<string, number>>
  readonly flows: Readonly<Record<number, Flow>>
  /** Per state that was left, how many had stayed how long: see `durations.ts`. */
  readonly durations: Readonly<Record<string, Readonly<Record<number, number>>>>
}

/** What the owner of one partition has counted. */
export interface PartitionTally {
  readonly partition: number
  readonly epoch: number
  /** When it was told, and since when it is counted; ms since the epoch in the master's time. */
  readonly at: number
  readonly since: number
  /** False until what was there before the owner came is counted in: then the states are not known. */
  readonly isWhole: boolean
  /** By `name@version`. */
  readonly machines: Readonly<Record<string, MachineTally>>
  /** Messages that the broker holds undecided, null while it does not say; and how many commands one carried lately. */
  readonly waitingMessages: number | null
  readonly commandsPerMessage: number
  /** Batches that were rolled back and tried again in the last minute. */
  readonly retriesLastMinute: number
}

/** The last tally of each partition. May be lost: a second later the owners tell them anew. */
export interface Tallies {
  /** One of an earlier epoch never takes the place of a later one's. */
  tell(tallies: readonly PartitionTally[]): Promise<void>
  read(): Promise<readonly PartitionTally[]>
}

export interface Backlog {
  /** Messages of a partition that are durable and not acknowledged; asked by its owner. */
  waiting(partition: number): Promise<number>
}
