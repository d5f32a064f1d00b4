// Where an evening is played again: the real spine in this process, on a master of its own, with the recorded times, under
// the rules that are tried out. Nothing of it reaches the world that was recorded.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMaster, type WholeMaster } from '../adapters/master/master.ts'
import { type Handled, handle, type Item } from '../engine/handle.ts'
import type { JournalEntry } from '../engine/journal.ts'
import { definitionHash, Machines } from '../engine/machines.ts'
import type { ArchivedShow, LedgerTransaction } from '../engine/ports.ts'
import { ShowMemory } from '../engine/show-memory.ts'
import { Shows } from '../engine/shows.ts'
import { type MachineName, type RegisteredMachine, registry } from '../machines/registry.ts'
import { type Candidate, thrown } from './candidate.ts'

export interface Rules {
  readonly holdTtlMs: number | undefined
  readonly seatLimit: number | undefined
  readonly graceMs: number | undefined
  readonly candidate: Candidate | null
}

/** A new reservation begins on the version that it began with then, or on the candidate. */
class PlayedMachines extends Machines {
  readonly #candidate: RegisteredMachine | null
  activeVersion = 1

  constructor(master: WholeMaster, candidate: RegisteredMachine | null) {
    super(master)
    this.#candidate = candidate
  }

  override active(name: MachineName): RegisteredMachine {
    return this.#candidate ?? this.version(name, this.activeVersion)
  }

  override version(name: MachineName, version: number): RegisteredMachine {
    if (name === 'reservation' && this.#candidate?.version === version) return this.#candidate
    return super.version(name, version)
  }
}

export class Stage {
  readonly #master: WholeMaster
  readonly #folder: string
  readonly #shown: ArchivedShow
  readonly #rules: Rules
  readonly #machines: PlayedMachines
  readonly #shows: Shows
  #epoch = 0
  #adjustments = 0

  private constructor(master: WholeMaster, folder: string, shown: ArchivedShow, rules: Rules) {
    const { show, venue } = shown
    const played = {
      ...show,
      holdTtlMs: rules.holdTtlMs ?? show.holdTtlMs,
      seatLimit: rules.seatLimit ?? show.seatLimit,
    }
    this.#master = master
    this.#folder = folder
    this.#shown = shown
    this.#rules = rules
    this.#machines = new PlayedMachines(master, rules.candidate?.registered ?? null)
    this.#shows = new Shows({ show: async () => played, plan: async () => venue.plan })
  }

  static async open(shown: ArchivedShow, partitions: number, rules: Rules): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-what-if-'))
    const master = await openMaster({ url: `sqlite:${join(folder, 'master.db')}`, partitions })
    const { show, venue, concertName, head } = shown
    await master.register(registry.map((each) => ({ ...each, definitionHash: definitionHash(each) })))
    await master.activate('show', head.machineVersion)
    await master.createVenue(venue)
    await master.createConcert({ id: show.concertId, name: concertName, description: '' })
    await master.createShow(show)
    return new Stage(master, folder, shown, rules)
  }

  async close(): Promise<void> {
    await this.#master.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** The hash at the head of the journal that was played. */
  async hash(): Promise<Buffer | null> {
    const { showId } = this.#shown.head
    const heads = await this.#master.transaction((transaction) => transaction.loadShows([showId]))
    return heads[0]?.hash ?? null
  }

  /**
   * @param like an entry of the batch as it was recorded: its time, epoch and machine
   * @param claims seats that were claimed by others then
   * @throws {ReplayFailure} where the candidate throws
   */
  async decide(
    items: readonly Item[],
    like: Pick<JournalEntry, 'decidedAt' | 'epoch' | 'machine'>,
    claims: readonly string[],
    graceMs: number,
  ): Promise<Handled> {
    const { partition, showId } = this.#shown.head
    while (this.#epoch < like.epoch) this.#epoch = await this.#master.raiseEpoch(partition, 'replay', 0)
    const [name, version] = like.machine.split('@')
    if (name === 'reservation') this.#machines.activeVersion = Number(version)
    const decider = {
      master: this.#master,
      machines: this.#machines,
      shows: this.#shows,
      holdGraceMs: graceMs,
      claims: { claimed: async () => new Map(claims.map((seatId) => [seatId, 'somebody'])) },
      clock: { now: () => like.decidedAt },
      memory: new ShowMemory(),
    }
    try {
      return await handle(decider, { partition, epoch: this.#epoch }, items)
    } catch (error) {
      if (this.#rules.candidate === null) throw error
      throw thrown(this.#rules.candidate, `${showId}, ${new Date(like.decidedAt).toISOString()}`, error)
    }
  }

  /** Money that came or went elsewhere. @returns how much of it: nobody spends what they do not have */
  async move(userId: string, amount: number, at: number): Promise<number> {
    const id = `replay-${++this.#adjustments}`
    if (amount > 0) await this.#master.charge({ id, userId, amount, at })
    const spent = amount < 0 ? Math.min(-amount, await this.#master.balance(userId)) : 0
    if (spent > 0)
      await this.#spend({ id, kind: 'payment', at, reference: id, entries: elsewhere(userId, spent) })
    return amount > 0 ? amount : -spent
  }

  async #spend(transaction: LedgerTransaction): Promise<void> {
    const { partition } = this.#shown.head
    await this.#master.transaction(async (batch) => {
      const { epoch, lastStamp: stamp } = await batch.fence(partition)
      await batch.write({
        partition,
        epoch,
        stamp,
        ledger: [transaction],
        journal: [],
        shows: [],
        outbox: [],
        parked: [],
        reservationsMade: [],
        reservationsChanged: [],
        seatsReleased: [],
        seatsSold: [],
        seatsTaken: [],
      })
    })
  }
}

const elsewhere = (userId: string, amount: number) => [
  { account: `user:${userId}`, amount: -amount },
  { account: 'elsewhere', amount },
]
