// How a command of the replay ends: 0 when all is well, 1 when it found what it was looking for, above that when it
// could not look. Nothing was changed in any of these.

export const exitCodes = {
  /** Differences, broken entries, items that were not sent. */
  found: 1,
  usage: 2,
  notFound: 3,
  brokenFile: 4,
  unknownVersion: 5,
  candidate: 6,
  database: 7,
  server: 8,
  brokenRecords: 9,
  internal: 70,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends the command with a sentence for the person at the terminal. */
export class ReplayFailure extends Error {
  override readonly name = 'ReplayFailure'
  readonly exitCode: ExitCode

  constructor(why: Exclude<keyof typeof exitCodes, 'found' | 'internal'>, message: string, cause?: unknown) {
    super(message, { cause })
    this.exitCode = exitCodes[why]
  }
}

/** What a system says of a file that it does not let us write has the file's name in it. */
export const notWritable = ({ message }: Error): ReplayFailure =>
  new ReplayFailure('usage', `The file can't be written: ${message}.`)
