// Every command of the replay, by name: what it takes, what it does, and where it is done.
import type { ParseArgsOptionsConfig } from 'node:util'
import { limits } from '../engine/limits.ts'
import type { ArchiveRecords } from '../engine/ports.ts'
import type { Language } from '../machines/rules.ts'
import { audit, failureKinds } from './audit.ts'
import { type Candidate, machineFrom, versionNamed } from './candidate.ts'
import { diff } from './diff.ts'
import type { Report } from './document.ts'
import { exportTo } from './export.ts'
import { ReplayFailure } from './failure.ts'
import { importFrom } from './import.ts'
import { type Given, needed, settingIn, textOf, timeIn, wholeNumberIn } from './options.ts'
import type { Progress } from './progress.ts'
import { type Door, planRedrive, planReport, send, sentReport } from './redrive.ts'
import { lifeOf, show } from './show.ts'
import type { Source } from './source.ts'
import { stepThrough } from './step-through.ts'
import { verify } from './verify.ts'
import { verifyMachine } from './verify-machine.ts'
import { whatIf } from './what-if.ts'

export interface Context {
  readonly given: Given
  readonly progress: Progress
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  openSource(): Promise<Source>
}

export interface Command {
  readonly name: string
  /** Its arguments, by the names that the usage gives them. */
  readonly takes: readonly string[]
  /** Any number of the last argument. */
  readonly takesMore?: boolean
  readonly does: string
  readonly help: readonly (readonly [option: string, meaning: string])[]
  readonly options: ParseArgsOptionsConfig
  /** Null where it has said everything already. */
  readonly run: (context: Context) => Promise<Report | null>
}

/** Reads at one moment, and closes the source whatever happens. */
async function reading<T>(context: Context, read: (records: ArchiveRecords) => Promise<T>): Promise<T> {
  const source = await context.openSource()
  try {
    return await source.archive.atOneMoment(read)
  } finally {
    await source.close()
  }
}

const first = ({ positionals: [argument] }: Given): string => argument ?? ''

function languageIn(given: Given): Language {
  const language = textOf(given, 'language') ?? 'en'
  if (language !== 'en' && language !== 'ko') throw new ReplayFailure('usage', '--language is en or ko.')
  return language
}

const candidateOptions = { machine: { type: 'string' }, version: { type: 'string' } } as const

async function candidateIn(given: Given): Promise<Candidate | null> {
  const path = textOf(given, 'machine')
  const version = wholeNumberIn(given, 'version')
  if (path !== undefined && version !== undefined)
    throw new ReplayFailure('usage', '--machine and --version exclude each other.')
  if (path !== undefined) return machineFrom(path)
  return version === undefined ? null : versionNamed(version)
}

function doorIn({ given, environment }: Context): Door {
  const token = environment.HOLDFAST_TOKEN
  if (!token)
    throw new ReplayFailure('usage', 'HOLDFAST_TOKEN must have the bearer token of an administrator.')
  const api = textOf(given, 'api') ?? `http://127.0.0.1:${environment.PORT || 8080}`
  if (!URL.canParse(api)) throw new ReplayFailure('usage', `--api takes a URL, not ${api}.`)
  const why = needed(given, 'why')
  if (why.length > limits.redriveReasonLengthMax)
    throw new ReplayFailure('usage', `--why takes ${limits.redriveReasonLengthMax} characters at most.`)
  return { token, api, why, perSecond: wholeNumberIn(given, 'rate') ?? 10 }
}

export const commands: readonly Command[] = [
  {
    name: 'show',
    takes: ['ID'],
    does: "one reservation's life: what was asked, what the rules saw and said, what it cost, and why it ended so",
    help: [['--language en|ko', 'of the report']],
    options: { language: { type: 'string' } },
    run: (context) =>
      reading(context, (records) => show(records, first(context.given), languageIn(context.given))),
  },
  {
    name: 'audit',
    takes: [],
    does: 'all that failed, by reason, with counts, shares, money at stake, times and samples',
    help: [
      ['--show S', 'which show'],
      ['--since T, --until T', 'decided in this time'],
      ['--state KIND', `one of ${failureKinds.join(', ')}`],
      ['--reason CODE', 'as the table names it'],
    ],
    options: {
      show: { type: 'string' },
      since: { type: 'string' },
      until: { type: 'string' },
      state: { type: 'string' },
      reason: { type: 'string' },
    },
    async run(context) {
      const { given, progress } = context
      const wanted = {
        showId: needed(given, 'show'),
        since: timeIn(given, 'since') ?? 0,
        until: timeIn(given, 'until') ?? Number.POSITIVE_INFINITY,
        kind: textOf(given, 'state'),
        reason: textOf(given, 'reason'),
      }
      return reading(context, (records) => audit(records, wanted, progress))
    },
  },
  {
    name: 'verify',
    takes: [],
    does: 'steps every entry again through the machine that it names, and compares all that is stored',
    help: [
      ['--show S', 'only this show; without it all of them, with balances'],
      ['--machine FILE', 'instead: how many reservations would end otherwise with the machine of this file'],
      ['--version V', 'the same with a version of this release'],
    ],
    options: { show: { type: 'string' }, ...candidateOptions },
    async run(context) {
      const showId = textOf(context.given, 'show') ?? null
      const candidate = await candidateIn(context.given)
      return reading(context, async (records) => {
        if (candidate === null) return verify(records, showId, context.progress)
        const showIds = showId === null ? await records.showIds() : [showId]
        return verifyMachine(records, showIds, candidate, context.progress)
      })
    },
  },
  {
    name: 'step',
    takes: ['ID'],
    does: 'forwards and backwards through one reservation: state, context and verdicts at each entry',
    help: [],
    options: {},
    async run(context) {
      const { given, stdin, stdout, environment } = context
      const id = first(given)
      const { entries } = await reading(context, (records) => lifeOf(records, id))
      await stepThrough(id, entries, {
        stdin,
        stdout,
        hasColours: Boolean(stdout.isTTY) && !environment.NO_COLOR,
      })
      return null
    },
  },
  {
    name: 'diff',
    takes: ['ID'],
    does: "one reservation's commands through another machine: the first divergence, path against path",
    help: [
      ['--machine FILE', 'a file that exports an XState machine'],
      ['--version V', 'a version of this release'],
    ],
    options: candidateOptions,
    async run(context) {
      const candidate = await candidateIn(context.given)
      if (candidate === null)
        throw new ReplayFailure('usage', '"diff" needs --machine FILE or --version V: what to compare with.')
      return reading(context, (records) => diff(records, first(context.given), candidate))
    },
  },
  {
    name: 'what-if',
    takes: [],
    does: 'the recorded sale again, all buyers against each other, under other rules; without any, exactly as it was',
    help: [
      ['--show S', 'which show'],
      ['--hold-ttl 5m', 'how long seats are held unpaid'],
      ['--seat-limit N', 'seats that one buyer may have'],
      ['--grace 5s', 'how long after its deadline a hold is given back'],
      ['--machine FILE', 'a file that exports an XState machine'],
    ],
    options: {
      show: { type: 'string' },
      'hold-ttl': { type: 'string' },
      'seat-limit': { type: 'string' },
      grace: { type: 'string' },
      machine: { type: 'string' },
    },
    async run(context) {
      const { given, progress } = context
      const showId = needed(given, 'show')
      const rules = {
        holdTtlMs: settingIn(given, 'hold-ttl', 'HOLD_TTL'),
        seatLimit: settingIn(given, 'seat-limit', 'SEAT_LIMIT'),
        graceMs: settingIn(given, 'grace', 'HOLD_GRACE'),
        candidate: await candidateIn(given),
      }
      return reading(context, (records) => whatIf(records, showId, rules, progress))
    },
  },
  {
    name: 'redrive',
    takes: ['[ID…]'],
    takesMore: true,
    does: 'parked commands again, as new ones linked to them: first only looks, with --send through a running server',
    help: [
      ['--reason TEXT', 'those that were parked for a reason with this in it; or name ids'],
      ['--send', 'send them; HOLDFAST_TOKEN has the token of an administrator'],
      ['--why TEXT', 'for the journal'],
      ['--api URL', 'of a server, else http://127.0.0.1:PORT'],
      ['--rate N', 'a second, 10 without it'],
    ],
    options: {
      reason: { type: 'string' },
      send: { type: 'boolean' },
      why: { type: 'string' },
      api: { type: 'string' },
      rate: { type: 'string' },
    },
    async run(context) {
      const { given, progress } = context
      const wish = { ids: given.positionals, reason: textOf(given, 'reason') }
      if (wish.ids.length === 0 && wish.reason === undefined)
        throw new ReplayFailure('usage', '"redrive" needs ids, or --reason TEXT: which parked commands.')
      const door = given.values.send === true ? doorIn(context) : null
      const plans = await reading(context, (records) => planRedrive(records, wish))
      return door === null ? planReport(plans) : sentReport(await send(plans, door, progress))
    },
  },
  {
    name: 'export',
    takes: ['FILE'],
    does: 'the records as lines of JSON in a new file, users as keyed digests, with a manifest and a hash',
    help: [['--show S', 'only this show; without it all of them, with balances']],
    options: { show: { type: 'string' } },
    run: (context) =>
      reading(context, async (records) => {
        const path = first(context.given)
        if (!path.endsWith('.jsonl'))
          throw new ReplayFailure('usage', 'The name of an export ends with .jsonl.')
        const manifest = await exportTo(
          path,
          records,
          textOf(context.given, 'show') ?? null,
          context.progress,
        )
        return told(`Exported to ${path}`, manifest)
      }),
  },
  {
    name: 'import',
    takes: ['FILE', 'DATABASE'],
    does: 'an exported file into a new SQLite file, which every other command reads with --from',
    help: [],
    options: {},
    async run({ given, progress }) {
      const [path = '', to = ''] = given.positionals
      return told(`Imported to ${to}`, await importFrom(path, to, progress))
    },
  },
]

const told = (title: string, manifest: Awaited<ReturnType<typeof importFrom>>): Report => ({
  blocks: [
    { kind: 'title', text: title },
    {
      kind: 'facts',
      pairs: [
        ['of', new Date(manifest.exportedAt).toISOString()],
        ['lines', manifest.lines],
        ['sha256', manifest.sha256],
      ],
    },
    {
      kind: 'table',
      columns: ['show', 'entries', 'hash of its journal at the source'],
      rows: manifest.shows.map(({ showId, entries, hash }) => [showId, entries, hash]),
    },
  ],
  data: manifest,
  exitCode: 0,
})
