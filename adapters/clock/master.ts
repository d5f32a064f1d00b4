// The master's time on a server of a deployment: a counter of this process, moved by its measured distance to the master's
// clock. What this server's own clock shows, and whoever sets it, changes nothing.
import { assert } from '../../engine/failures.ts'
import type { Clock, Log } from '../../engine/ports.ts'
import { Offset } from './offset.ts'

export interface MasterClockParts {
  /** What the master's clock shows, in ms since the epoch. */
  readonly readMasterTime: () => Promise<number>
  /** Ascending ms of this server, from wherever. */
  readonly counter: () => number
  /** By the same counter. */
  readonly sleep: Clock['sleep']
  readonly log: Log
}

export interface MasterClock extends Clock {
  close(): void
}

const firstReadings = 3
const readingIntervalMs = 2_000

/**
 * Measures on, every few seconds; while the master is away it goes on by the counter.
 * @throws {Transient} when the master does not answer now
 */
export async function startMasterClock(parts: MasterClockParts): Promise<MasterClock> {
  const { counter, sleep, log } = parts
  const offset = new Offset()
  let last = 0

  const measure = async () => {
    const movedMs = offset.add(await read(parts))
    if (movedMs !== 0) log.warn({ movedMs }, "the master's clock was set; time follows it, never backwards")
  }
  for (let reading = 0; reading < firstReadings; reading++) await measure()

  const closing = new AbortController()
  void (async () => {
    while (!closing.signal.aborted) {
      await sleep(readingIntervalMs, closing.signal)
      // The master's absence is told elsewhere.
      if (!closing.signal.aborted) await measure().catch(() => {})
    }
  })()

  return {
    now() {
      const count = counter()
      const offsetMs = offset.ms
      assert(offsetMs !== null, 'the clock was measured')
      last = Math.max(last, Math.floor(count + offsetMs))
      return last
    },
    sleep,
    close: () => closing.abort(),
  }
}

async function read({ readMasterTime, counter }: MasterClockParts) {
  const askedAt = counter()
  const told = await readMasterTime()
  return { askedAt, told, answeredAt: counter() }
}
