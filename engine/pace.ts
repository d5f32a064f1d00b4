// How fast people are let in: what the rate allows by now, and what was measured of it. Pure.
import type { NextTurns } from './waiting-room-ports.ts'

export interface Pace {
  /** How many may be admitted now, with its fraction. */
  readonly allowance: number
  /** When it was last raised, and for how long. */
  readonly at: number
  readonly intervalMs: number
  /** Since when people are let in under the same policy. */
  readonly since: number
}

/** Nothing is saved up: whoever takes over, or resumes, begins with nobody. */
export const started = (now: number): Pace => ({ allowance: 0, intervalMs: 0, at: now, since: now })

/** A step that comes late is made up for, up to this. */
const burstSeconds = 1

export function refilled({ allowance, at, since }: Pace, ratePerSecond: number, now: number): Pace {
  const intervalMs = Math.max(0, now - at)
  const allowanceMax = Math.max(1, ratePerSecond * burstSeconds)
  return {
    allowance: Math.min(allowance + (ratePerSecond * intervalMs) / 1_000, allowanceMax),
    intervalMs,
    at: now,
    since,
  }
}

/**
 * People per second to expect once the administrator has set another rate, until that is measured: with a higher one more in
 * proportion, since the one before may have been what everybody waited for, and never more than the rate.
 */
export const expectedAt = (ratePerSecond: number, measuredPerSecond: number, rateBefore: number): number =>
  Math.min(ratePerSecond, measuredPerSecond * Math.max(1, ratePerSecond / rateBefore))

/** An older measurement counts less and less, with a time constant that grows from this. */
const memoryMinMs = 30_000

/**
 * People per second, smoothed. An empty line says nothing about the rate.
 * @param memoryMaxMs the length of a session: where places get free only as sessions end, a shorter memory would take
 * the pauses between them for the rate
 */
export function measured(
  { spent, isLineEmpty, room }: NextTurns,
  { at, since, intervalMs }: Pace,
  memoryMaxMs: number,
): number {
  if (intervalMs === 0 || isLineEmpty) return room.admittedPerSecond
  const memoryMs = Math.max(memoryMinMs, Math.min(at - since, memoryMaxMs))
  const weight = 1 - Math.exp(-intervalMs / memoryMs)
  return room.admittedPerSecond + weight * ((1_000 * spent) / intervalMs - room.admittedPerSecond)
}
