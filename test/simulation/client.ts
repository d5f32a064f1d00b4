// Somebody with an app: sends requests to whatever server is there, repeats what was left open under the same key, now
// and then twice at once or with another body, and waits for decisions with or without holding the line.

import { answerOf } from '../../engine/answer.ts'
import type { Accepted } from '../../engine/intake.ts'
import { openEntry } from '../../engine/journal.ts'
import type { LookUpEvidence, Told, ToldDecision } from '../auditor/evidence.ts'
import { type Asked, type Notes, toldOf, toldOfFailure } from './notes.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { NoAnswer, type Server } from './server.ts'
import type { App } from './wiring.ts'

export interface ClientParts {
  readonly scheduler: Scheduler
  readonly servers: readonly Server[]
  readonly notes: Notes
  readonly trace: (line: () => string) => void
}

/** How long a client waits for a server to say anything. */
const patienceMs = 15_000
const attemptsMax = 12
const waitsMs = [0, 1_000, 8_000]
/** Between two looks whether it is decided: each time twice as long. */
const looksEveryMs = { first: 400, most: 3_200 }
const looksMax = 24
/** So late somebody sends again what was answered long ago. */
export const repeatsUntilMs = 6_000

export interface Sent {
  readonly commandId: string
  readonly decision: ToldDecision
}

type Send = (app: App, waitMs: number) => Promise<Accepted>

export class Client {
  readonly userId: string
  readonly random: Random
  readonly #parts: ClientParts
  #keys = 0

  constructor(userId: string, random: Random, parts: ClientParts) {
    this.userId = userId
    this.random = random
    this.#parts = parts
  }

  sleep(ms: number): Promise<void> {
    return this.#parts.scheduler.sleep(ms)
  }

  get now(): number {
    return this.#parts.scheduler.now
  }

  newKey(): string {
    return `${this.userId}-${++this.#keys}`
  }

  lookedUp(looked: LookUpEvidence): void {
    this.#parts.notes.lookUp(looked)
  }

  /** Null when it was refused at the door, or nobody could be reached. */
  async command(
    asked: Omit<Asked, 'userId'>,
    send: Send,
    other?: { readonly body: string; readonly send: Send },
  ): Promise<Sent | null> {
    const { random } = this
    if (other && random.chance(0.03)) void this.#attempt({ ...asked, body: other.body }, other.send)
    if (random.chance(0.12)) void this.#attempt(asked, send)
    const told = await this.#insist(asked, send)
    if (random.chance(0.08))
      void this.sleep(random.between(10, repeatsUntilMs)).then(() => this.#attempt(asked, send))
    if (told === null || told.is === 'unknown' || told.is === 'refused') return null
    if (told.is === 'decided') return { commandId: told.commandId, decision: told.decision }
    const decision = await this.#waitForDecision(told.commandId)
    return decision && { commandId: told.commandId, decision }
  }

  async charge(amount: number): Promise<void> {
    const { notes } = this.#parts
    const { userId } = this
    const id = `charge-${this.newKey()}`
    const at = Math.floor(this.now)
    notes.charge(id, { userId, amount, told: 'unknown' })
    const done = await this.find(({ master }) => master.charge({ id, userId, amount, at }))
    if (done !== null) notes.charge(id, { userId, amount, told: 'done' })
  }

  /** Asks any server; fails when it does not answer in time. */
  ask<T>(work: (app: App) => Promise<T>): Promise<T> {
    const { scheduler, servers } = this.#parts
    return new Promise((resolve, reject) => {
      const late = scheduler.after(patienceMs, () => reject(new NoAnswer('no answer in time')))
      const inTime =
        <Settled>(settle: (settled: Settled) => void) =>
        (settled: Settled) => {
          late.fire = null
          settle(settled)
        }
      this.random.pick(servers).request(work).then(inTime(resolve), inTime(reject))
    })
  }

  /** As `ask`, until somebody answers. */
  async find<T>(work: (app: App) => Promise<T>): Promise<T | null> {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      try {
        return await this.ask(work)
      } catch {
        await this.sleep(this.random.between(50, 1_500))
      }
    }
    return null
  }

  async #insist(asked: Omit<Asked, 'userId'>, send: Send): Promise<Told | null> {
    let told: Told | null = null
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      told = await this.#attempt(asked, send)
      if (told.is !== 'unknown') return told
      await this.sleep(this.random.between(100, 800 * 2 ** Math.min(attempt, 3)))
    }
    return told
  }

  async #attempt(request: Omit<Asked, 'userId'>, send: Send): Promise<Told> {
    const { notes, trace } = this.#parts
    const asked = { ...request, userId: this.userId }
    const sentAt = this.now
    const waitMs = this.random.pick(waitsMs)
    const told = await this.ask((app) => send(app, waitMs)).then(toldOf, toldOfFailure)
    notes.request(asked, sentAt, this.now, told)
    trace(
      () =>
        `${asked.userId} asked at ${sentAt.toFixed(2)} to ${asked.type} ${asked.target} ${asked.body}: ${JSON.stringify(told)}`,
    )
    return told
  }

  async #waitForDecision(commandId: string): Promise<ToldDecision | null> {
    let mostMs = looksEveryMs.first
    for (let look = 0; look < looksMax; look++) {
      await this.sleep(this.random.between(50, mostMs))
      mostMs = Math.min(2 * mostMs, looksEveryMs.most)
      const row = await this.find(({ master }) => master.findEntry(commandId))
      if (row === null) continue
      const { outcome, code, state, details } = answerOf(openEntry(row))
      return { outcome, code, state, details }
    }
    return null
  }
}
