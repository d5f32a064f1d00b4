// What becomes of a batch that did not commit is a type: retried, given up by its consumer, or taken apart.

/** May pass by itself (deadlock, lock wait, master away, outcome of a commit unknown): roll back, all of it again. */
export class Transient extends Error {
  override readonly name = 'Transient'
}

/** The partition's epoch is no longer this consumer's: write nothing, close the channel, subscribe anew. */
export class FencedOut extends Error {
  override readonly name = 'FencedOut'
}

/** An envelope, machine or state of a version that this server does not know: give the partition up, loudly. */
export class UnknownVersion extends Error {
  override readonly name = 'UnknownVersion'
}

/**
 * Something that must hold did not: nothing of the batch is written. Where repeats were not looked for one may be the reason, and
 * it is tried once more; else it is taken apart.
 */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant'
}

export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new BrokenInvariant(what)
}
