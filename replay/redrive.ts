// `redrive`: parked commands again, as new ones that are linked to them. It looks first and sends nothing unless told to;
// what it sends goes through the door of a running server, one after the other, each under a key made of what was parked,
// so that a second run goes on where the first one stopped. Whose seats are gone stays as it is, and so
// does what is paid, unless it was asked for to be given back since.
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, readCommand } from '../engine/command.ts'
import { type JournalEntry, openEntry } from '../engine/journal.ts'
import type { ArchivedParked, ArchiveRecords } from '../engine/ports.ts'
import type { Report } from './document.ts'
import { timeOf } from './document.ts'
import { ReplayFailure } from './failure.ts'
import { pages } from './pages.ts'
import type { Progress } from './progress.ts'

export interface RedriveWish {
  readonly ids: readonly string[]
  /** A part of the reason that it was parked for. */
  readonly reason: string | undefined
}

/** A running server, and who asks it why. */
export interface Door {
  readonly api: string
  readonly token: string
  readonly why: string
  readonly perSecond: number
}

export interface Plan {
  readonly id: string
  readonly at: number
  readonly reason: string
  readonly command: Pick<Command, 'type' | 'showId' | 'subjectId'> | null
  /** Why it is left alone; null where it would be sent. */
  readonly kept: string | null
}

interface Result extends Plan {
  readonly outcome: string
  readonly isSent: boolean
}

/** The same for every run. */
const keyOf = (parkedId: string): string => `redrive-${hash('sha256', parkedId, 'hex').slice(0, 32)}`

export async function planRedrive(records: ArchiveRecords, { ids, reason }: RedriveWish): Promise<Plan[]> {
  const found: ArchivedParked[] = []
  if (ids.length > 0) {
    found.push(...(await records.parkedById(ids)))
    const missing = ids.find((id) => !found.some((parked) => parked.id === id))
    if (missing !== undefined) throw new ReplayFailure('notFound', `Nothing is parked under ${missing}.`)
  } else
    for await (const page of pages(
      (after: number, limit) => records.parked(after, limit),
      0,
      (row) => row.sequence,
    ))
      found.push(...page.filter((parked) => reason === undefined || parked.reason.includes(reason)))

  const { asOf } = await records.deployment()
  const shows = new Map<string, ShowNow>()
  const plans: Plan[] = []
  for (const parked of found) {
    const command = readCommand(parked.body)
    const kept =
      command === null ? 'it can not be read' : await whyKept(records, parked.id, command, asOf, shows)
    const { id, at, reason } = parked
    plans.push({ id, at, reason, command: command && shortOf(command), kept })
  }
  return plans
}

const shortOf = ({ type, showId, subjectId }: Command) => ({ type, showId, subjectId })

interface ShowNow {
  /** In the master's time. */
  readonly refundableUntil: number
  readonly takenSeats: ReadonlyMap<string, unknown>
  /** The latest decision of those that a parked command was sent again for, by that one's id, whoever sent it. */
  readonly sentAgain: ReadonlyMap<string, JournalEntry>
}

async function showNow(records: ArchiveRecords, showId: string): Promise<ShowNow> {
  const sentAgain = new Map<string, JournalEntry>()
  for await (const page of pages(
    (after: number, limit) => records.journal(showId, after, limit),
    0,
    (row) => row.position,
  ))
    for (const row of page) {
      if (!row.entry.includes('"redriveOf"')) continue
      const entry = openEntry(row)
      if (entry.redriveOf !== undefined) sentAgain.set(entry.redriveOf, entry)
    }
  const refundableUntil = (await records.show(showId))?.refundableUntil ?? 0
  return { refundableUntil, takenSeats: await records.takenSeats(showId), sentAgain }
}

async function whyKept(
  records: ArchiveRecords,
  parkedId: string,
  command: Command,
  now: number,
  shows: Map<string, ShowNow>,
): Promise<string | null> {
  const { showId, subjectId, type } = command
  const show = shows.get(showId) ?? (await showNow(records, showId))
  shows.set(showId, show)
  const sent = show.sentAgain.get(parkedId)
  if (sent !== undefined)
    return `it was sent again already, and decided at ${timeOf(sent.decidedAt)}: ${sent.code ?? sent.outcome}`
  if (subjectId === showId)
    return `a show is stopped and started by hand, when it should be, not by a ${type} of then`
  const [reservation] = await records.reservationsById([subjectId])
  const state = reservation?.state ?? 'unknown'
  if (type === 'reserve') {
    if (state === 'paid' || state === 'refunded') return `its reservation is ${state}`
    const gone = 'seatIds' in command ? command.seatIds.filter((seatId) => show.takenSeats.has(seatId)) : []
    return gone.length === 0 ? null : `its seats are gone: ${gone.join(', ')}`
  }
  if (state === 'paid' && (type === 'cancel' || type === 'refund')) {
    // Whoever wanted a hold to end may have paid for it since.
    if (!(await wasPaidBy(records, subjectId, command.acceptedAt)))
      return 'its reservation was paid after that'
    return type === 'cancel' && now > show.refundableUntil ? 'its show takes nothing back any more' : null
  }
  if (type === 'refund') return `its reservation is ${state}, not paid`
  if (state !== 'held') return `its reservation is ${state}${state === 'paid' ? '' : ', not held'}`
  return (reservation?.deadline ?? 0) < now ? 'its hold has run out' : null
}

async function wasPaidBy(records: ArchiveRecords, reservationId: string, at: number): Promise<boolean> {
  const entries = (await records.history(reservationId)).map(openEntry)
  return entries.some(
    ({ event, to, acceptedAt }) => event.type === 'pay' && to === 'paid' && acceptedAt <= at,
  )
}

/** @throws {ReplayFailure} once the server is not there, or does not let in; what was sent until then stays sent */
export async function send(plans: readonly Plan[], door: Door, progress: Progress): Promise<Result[]> {
  const results: Result[] = []
  progress.begin('sending', plans.length)
  try {
    for (const plan of plans) {
      progress.add(1)
      if (plan.kept !== null) {
        results.push({ ...plan, outcome: `kept: ${plan.kept}`, isSent: false })
        continue
      }
      const next = sleep(1_000 / door.perSecond)
      results.push(await sendOne(plan, door, results.filter(({ isSent }) => isSent).length))
      await next
    }
    return results
  } finally {
    progress.end()
  }
}

async function sendOne(plan: Plan, { api, token, why }: Door, sent: number): Promise<Result> {
  const gaveUp = (what: string) =>
    new ReplayFailure(
      'server',
      `${what} ${sent} were sent; the same command again goes on where this one stopped, and sends none twice.`,
    )
  let response: Response
  try {
    response = await fetch(new URL(`/v1/admin/parked/${encodeURIComponent(plan.id)}/retry`, api), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': keyOf(plan.id),
        prefer: 'wait=10',
      },
      body: JSON.stringify({ reason: why }),
    })
  } catch {
    throw gaveUp(`No Holdfast answers at ${api}.`)
  }
  const body = (await response.json().catch(() => ({}))) as {
    code?: string
    state?: string
    id?: string
    commandId?: string
  }
  if (response.status === 401 || response.status === 403)
    throw gaveUp(`${api} does not let this token send commands again (${body.code ?? response.status}).`)
  if (response.status === 429 || (response.status >= 500 && body.commandId === undefined))
    throw gaveUp(`${api} answers ${response.status} (${body.code ?? 'no code'}).`)
  if (response.status === 202) return { ...plan, outcome: 'sent, and not decided yet', isSent: true }
  if (response.ok) return { ...plan, outcome: `sent: ${body.id} is ${body.state}`, isSent: true }
  const isDecided = body.commandId !== undefined
  return {
    ...plan,
    outcome: `${isDecided ? 'sent, and refused' : 'not sent'}: ${body.code}`,
    isSent: isDecided,
  }
}

export function planReport(plans: readonly Plan[]): Report {
  const sendable = plans.filter(({ kept }) => kept === null).length
  return report(
    `${sendable} of ${plans.length} parked commands would be sent again`,
    plans.map((plan) => ({
      ...plan,
      outcome: plan.kept === null ? 'would be sent' : `kept: ${plan.kept}`,
      isSent: false,
    })),
    'Nothing was sent. With --send, --why and a token in HOLDFAST_TOKEN it is.',
    0,
  )
}

export function sentReport(results: readonly Result[]): Report {
  const sent = results.filter(({ isSent }) => isSent).length
  const isWhole = results.every(({ isSent, kept }) => isSent || kept !== null)
  return report(
    `${sent} of ${results.length} parked commands were sent again`,
    results,
    'Each is a new command that is linked to the parked one; who sent it and why stands in the journal.',
    isWhole ? 0 : 1,
  )
}

const report = (title: string, results: readonly Result[], text: string, exitCode: 0 | 1): Report => ({
  exitCode,
  data: { items: results },
  blocks: [
    { kind: 'title', text: title },
    {
      kind: 'table',
      columns: ['parked', 'at', 'command', 'about', 'because', 'result'],
      rows: results.map(({ id, at, command, reason, outcome }) => [
        ...[id, timeOf(at), command?.type ?? '–', command?.subjectId ?? '–', reason, outcome],
      ]),
    },
    { kind: 'text', text, tone: 'quiet' },
  ],
})
