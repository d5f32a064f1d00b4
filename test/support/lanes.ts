// Tests that share a database meet there, and so few at once that a slow machine has a connection for each.

const atOnceMax = 8

/** Work in one lane runs one after the other; whoever has a number is in its lane. */
export function lanes() {
  const ends: Promise<unknown>[] = Array(atOnceMax).fill(Promise.resolve())
  return (number: number, work: () => Promise<void>): Promise<void> => {
    const lane = number % atOnceMax
    const done = ends[lane]?.then(work) ?? work()
    ends[lane] = done.catch(() => {})
    return done
  }
}
