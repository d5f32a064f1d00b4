// One decision as it is kept for ever: the entry, its stored bytes, and the chain that binds a show's entries.
import { hash } from 'node:crypto'
import type { ErrorCode } from './errors.ts'

/** What a machine wants done, as plain data. */
export interface Effect {
  readonly type: string
  readonly params: Readonly<Record<string, unknown>>
}

export type Outcome = 'accepted' | 'refused' | 'parked'

export interface JournalEntry {
  readonly showId: string
  /** Ascending by one within the show, from 1. */
  readonly position: number
  readonly commandId: string
  /** A reservation, or the show itself. */
  readonly subjectId: string
  /** Ascending by one within the subject, from 1; null where the subject does not exist. */
  readonly seq: number | null
  readonly userId: string
  readonly fingerprint: string
  /** `name@version`. */
  readonly machine: string
  /** With the facts that the guards saw. */
  readonly event: { readonly type: string; readonly [fact: string]: unknown }
  /** Each guard that was asked, in order, and what it said. */
  readonly verdicts: Readonly<Record<string, boolean>>
  readonly outcome: Outcome
  readonly code: ErrorCode | null
  readonly from: string | null
  readonly to: string | null
  readonly effects: readonly Effect[]
  readonly acceptedAt: number
  readonly decidedAt: number
  readonly partition: number
  readonly epoch: number
  /** The broker's delivery on the channel that decided it. */
  readonly delivery: number
  /** What a buyer who named no seats asked for: which seats there were is a fact, what was wished is not. */
  readonly bestAvailable?: { readonly count: number; readonly sectionId?: string }
  readonly redriveOf?: string
  /** Who sent it again, and why. */
  readonly redriveBy?: string
  readonly redriveReason?: string
}

export interface JournalRow {
  readonly showId: string
  readonly position: number
  readonly commandId: string
  readonly subjectId: string
  readonly seq: number | null
  /** The entry as JSON; these bytes are hashed. */
  readonly entry: string
  /** SHA-256 over the hash of the show's entry before it and this entry's bytes. */
  readonly hash: Buffer
}

/** What the first entry of a show is chained to. */
export const chainStart = (showId: string): Buffer => hash('sha256', `holdfast:${showId}`, 'buffer')

export function seal(entry: JournalEntry, previous: Buffer): JournalRow {
  const bytes = JSON.stringify(entry)
  // As text first: a digest given as bytes has memory of its own, which takes half as long again as the hash.
  const digest = hash('sha256', Buffer.concat([previous, Buffer.from(bytes)]), 'hex')
  const { showId, position, commandId, subjectId, seq } = entry
  return { showId, position, commandId, subjectId, seq, entry: bytes, hash: Buffer.from(digest, 'hex') }
}

export const openEntry = (row: JournalRow): JournalEntry => JSON.parse(row.entry)
