// Claims in one process, as Redis keeps them: in memory, with a log of the changes that a restart reads again. The
// changes of one turn of the event loop are one row of it.
import { limits } from '../../engine/limits.ts'
import type { ClaimOutcome, ClaimRequest, Claims } from '../../engine/ports.ts'
import type { EmbeddedFile } from '../embedded-file.ts'
import { type DoorChange, type DoorView, EmbeddedDoor } from './embedded-door.ts'

export const claimsSchema = `
  CREATE TABLE IF NOT EXISTS claim_changes (
    turn INTEGER PRIMARY KEY,
    changes TEXT NOT NULL,
    ends_at INTEGER NOT NULL
  )`

/** How long any change can matter. */
const changeTtlMs = Math.max(limits.claimTtlMs, limits.fingerprintTtlMs, limits.queuedVisibleMs)

/** Removed with each turn that is added, so that what has ended never piles up. */
const turnsRemovedMax = 10

export class EmbeddedClaims implements Claims {
  readonly #door: EmbeddedDoor
  readonly #write: (changes: readonly DoorChange[], now: number) => void
  #unwritten: DoorChange[] = []
  #now = 0

  constructor(file: EmbeddedFile, view: DoorView) {
    this.#door = new EmbeddedDoor(view)
    for (const change of readChanges(file)) this.#apply(change)
    this.#write = prepareWrite(file)
  }

  async claim(request: ClaimRequest): Promise<ClaimOutcome> {
    const { outcome, change } = this.#door.look(request)
    if (change !== null) this.#make(change)
    return outcome
  }

  async remember(commandId: string, fingerprint: string, now: number): Promise<boolean> {
    if (this.#door.recall(commandId, fingerprint, now) === 'other') return false
    this.#make({ type: 'remembered', commandId, fingerprint, now })
    return true
  }

  async wasClaimed(reservationId: string, now: number): Promise<boolean> {
    return this.#door.wasClaimed(reservationId, now)
  }

  async release(showId: string, reservationIds: readonly string[]): Promise<void> {
    this.#make({ type: 'released', showId, reservationIds })
  }

  async claimed(showId: string, now: number): Promise<ReadonlyMap<string, string>> {
    return this.#door.claimed(showId, now)
  }

  /** Writes what is not written yet; to be called before the file is closed. */
  flush(): void {
    const changes = this.#unwritten
    this.#unwritten = []
    if (changes.length > 0) this.#write(changes, this.#now)
  }

  #make(change: DoorChange): void {
    this.#apply(change)
    if (this.#unwritten.push(change) === 1) setImmediate(() => this.#flushIfPossible())
  }

  #apply(change: DoorChange): void {
    this.#door.apply(change)
    if (change.type !== 'released') this.#now = change.now
  }

  /** What a full disk does not take is forgotten by a restart: a courtesy less, and the broker refuses by then. */
  #flushIfPossible(): void {
    try {
      this.flush()
    } catch {}
  }
}

function* readChanges(file: EmbeddedFile): Generator<DoorChange> {
  const turns = file.prepare<[], string>('SELECT changes FROM claim_changes ORDER BY turn').pluck()
  for (const changes of turns.iterate()) yield* JSON.parse(changes)
}

function prepareWrite(file: EmbeddedFile): (changes: readonly DoorChange[], now: number) => void {
  const add = file.prepare<[string, number]>('INSERT INTO claim_changes (changes, ends_at) VALUES (?, ?)')
  const removeEnded = file.prepare<[number, number]>(`
    DELETE FROM claim_changes
    WHERE ends_at <= ? AND turn IN (SELECT turn FROM claim_changes ORDER BY turn LIMIT ?)`)
  return file.transaction((changes: readonly DoorChange[], now: number) => {
    removeEnded.run(now, turnsRemovedMax)
    add.run(JSON.stringify(changes), now + changeTtlMs)
  })
}
