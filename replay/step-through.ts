// `step ID`: forwards and backwards through one reservation at the terminal: state, context and verdicts at each entry.
import { createInterface } from 'node:readline'
import type { JournalEntry } from '../engine/journal.ts'
import { reservationRules } from '../machines/rules.ts'
import type { Block } from './document.ts'
import { timeOf } from './document.ts'
import { ReplayFailure } from './failure.ts'
import { pathThrough, type Stepped } from './path.ts'
import { renderText } from './terminal.ts'
import { findKnown } from './verify-show.ts'

export interface Talk {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly hasColours: boolean
}

const help = 'n: next   p: previous   f: first   l: last   NUMBER: that step   q: quit'

export async function stepThrough(id: string, entries: readonly JournalEntry[], talk: Talk): Promise<void> {
  const path = pathThrough(machineOf(entries), entries)
  const { stdin, stdout, hasColours } = talk
  const say = (blocks: readonly Block[]) =>
    stdout.write(renderText(blocks, { hasColours, columns: stdout.columns ?? 160 }))
  let at = 0
  say([{ kind: 'title', text: `${id}, ${path.length} steps` }, ...blocksOf(path, at)])
  stdout.write(`${help}\n> `)
  for await (const line of createInterface({ input: stdin })) {
    const moved = move(line.trim(), at, path.length)
    if (moved === 'quit') return
    if (moved === null) say([{ kind: 'text', text: `What? ${help}`, tone: 'bad' }])
    else {
      at = moved
      say(blocksOf(path, at))
    }
    stdout.write('> ')
  }
}

function move(asked: string, at: number, steps: number): number | 'quit' | null {
  switch (asked) {
    case 'q':
      return 'quit'
    case '':
    case 'n':
      return Math.min(at + 1, steps - 1)
    case 'p':
      return Math.max(at - 1, 0)
    case 'f':
      return 0
    case 'l':
      return steps - 1
    default:
      return /^\d{1,6}$/.test(asked) && Number(asked) >= 1 && Number(asked) <= steps
        ? Number(asked) - 1
        : null
  }
}

/** All entries of a reservation name the machine that it began with. */
function machineOf(entries: readonly JournalEntry[]) {
  const name = entries.find(({ seq }) => seq !== null)?.machine ?? entries[0]?.machine ?? ''
  const registered = findKnown(name)
  if (registered === undefined)
    throw new ReplayFailure('unknownVersion', `This release does not know ${name}.`)
  return { name, registered }
}

function blocksOf(path: readonly Stepped[], at: number): Block[] {
  const stepped = path[at]
  if (stepped === undefined) return []
  const { entry, before, after } = stepped
  const { type, ...facts } = entry.event
  return [
    {
      kind: 'heading',
      text: `Step ${at + 1} of ${path.length}: ${type}, entry ${entry.position}, ${timeOf(entry.decidedAt)}`,
    },
    {
      kind: 'facts',
      pairs: [
        ['state', `${before?.state ?? 'queued'} → ${after.state}`],
        ['outcome', entry.code ?? entry.outcome],
        ['context before', JSON.stringify(before?.context ?? null)],
        ['context after', JSON.stringify(after.context)],
        ['facts', JSON.stringify(facts)],
        [
          'effects',
          after.effects.map((effect) => `${effect.type} ${JSON.stringify(effect.params)}`).join('; '),
        ],
      ],
    },
    {
      kind: 'table',
      columns: ['rule', 'said', 'meaning'],
      rows: Object.entries(after.verdicts).map(([rule, holds]) => [
        ...[rule, holds ? 'yes' : 'no', wordsOf(rule)],
      ]),
    },
  ]
}

const wordsOf = (rule: string): string =>
  Object.hasOwn(reservationRules, rule) ? reservationRules[rule as keyof typeof reservationRules].en.rule : ''
