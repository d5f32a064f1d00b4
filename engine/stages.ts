// Where the time of a command goes. The engine says when a stage is over; what is made of that is another's.

/**
 * - `intake`: the look at the door, for one request: key, admission, claims
 * - `publish`: from there until the broker has confirmed its message
 * - `queue`: from when a command was accepted until its batch begins to be decided
 * - `load`: of a batch, the beginning of its transaction: fence, known commands, what they are about
 * - `step`: of a batch, all of its decisions
 * - `write`: of a batch, the statements that write them
 * - `commit`: of a batch, until the master has it on its disk
 * - `answer`: of a batch, from its commit until whoever waits has been answered
 */
export const stages = ['intake', 'publish', 'queue', 'load', 'step', 'write', 'commit', 'answer'] as const
export type Stage = (typeof stages)[number]

export interface Stopwatch {
  /** Ascending ms, with fractions, from wherever. */
  readonly now: () => number
  readonly took: (stage: Stage, ms: number) => void
  /** How many commands one transaction has decided. */
  readonly decided: (commands: number) => void
}

/** For whoever does not ask. */
export const noStopwatch: Stopwatch = { now: () => 0, took() {}, decided() {} }
