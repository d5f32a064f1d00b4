// Every command of the replay, by name: what it takes, what it does, and where it is done.
import type { ParseArgsOptionsConfig } from 'node:util'
import type { ArchiveRecords } from '../engine/ports.ts'
import type { Language } from '../machines/rules.ts'
import { audit, failureKinds } from './audit.ts'
import type { Report } from './document.ts'
import { exportTo } from './export.ts'
import { ReplayFailure } from './failure.ts'
import { importFrom } from './import.ts'
import { type Given, needed, textOf, timeIn } from './options.ts'
import type { Progress } from './progress.ts'
import { show } from './show.ts'
import type { Source } from './source.ts'
import { verify } from './verify.ts'

export interface Context {
  readonly given: Given
  readonly progress: Progress
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
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

export const commands: readonly Command[] = [
  {
    name: 'show',
    takes: ['ID'],
    does: "one reservation's life: what was asked, what the rules saw and said, what it cost, and why it ended so",
    help: [['--language en|ko', 'of the sentences']],
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
      ...{ show: { type: 'string' }, since: { type: 'string' }, until: { type: 'string' } },
      ...{ state: { type: 'string' }, reason: { type: 'string' } },
    },
    async run(context) {
      const { given, progress } = context
      const wanted = {
        ...{ showId: needed(given, 'show'), since: timeIn(given, 'since') ?? 0 },
        until: timeIn(given, 'until') ?? Number.POSITIVE_INFINITY,
        ...{ kind: textOf(given, 'state'), reason: textOf(given, 'reason') },
      }
      return reading(context, (records) => audit(records, wanted, progress))
    },
  },
  {
    name: 'verify',
    takes: [],
    does: 'steps every entry again through the machine that it names, and compares all that is stored',
    help: [['--show S', 'only this show; without it all of them, with balances']],
    options: { show: { type: 'string' } },
    run: (context) =>
      reading(context, (records) => verify(records, textOf(context.given, 'show') ?? null, context.progress)),
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
