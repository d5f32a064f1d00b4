// What may stand behind a command, and how it is told.
import type { ParseArgsOptionsConfig } from 'node:util'
import { Value } from 'typebox/value'
import { settings } from '../settings.ts'
import type { Command } from './commands.ts'
import { ReplayFailure } from './failure.ts'

export interface Given {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>
  readonly positionals: readonly string[]
}

export const commonOptions = {
  from: { type: 'string' },
  json: { type: 'boolean' },
  html: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig

const commonHelp = [
  [
    '--from SOURCE',
    "a database's URL, a SQLite file, a DATA_DIR, or an exported file; else REPLICA_URL, MASTER_URL, DATA_DIR",
  ],
  ['--json', 'for programs'],
  ['--html FILE', 'one page to mail, in a new file'],
] as const

export function usageOf(commands: readonly Command[]): string {
  const lines = commands.flatMap(({ name, takes, does, help }) => [
    `  ${[name, ...takes].join(' ')}`,
    `      ${does}`,
    ...help.map(([option, meaning]) => `      ${option.padEnd(24)} ${meaning}`),
  ])
  const common = commonHelp.map(([option, meaning]) => `  ${option.padEnd(18)} ${meaning}`)
  return [
    'Usage: npm run replay -- COMMAND …, or holdfast replay COMMAND …',
    '',
    ...lines,
    '',
    'With every command:',
    ...common,
  ].join('\n')
}

export function textOf({ values }: Given, name: string): string | undefined {
  const value = values[name]
  if (typeof value !== 'string' || value === '') return undefined
  return value
}

/** @throws {ReplayFailure} where it is missing */
export function needed(given: Given, name: string): string {
  const value = textOf(given, name)
  if (value === undefined) throw new ReplayFailure('usage', `This command needs --${name}.`)
  return value
}

/** @returns ms since the epoch */
export function timeIn(given: Given, name: string): number | undefined {
  const value = textOf(given, name)
  if (value === undefined) return undefined
  const ms = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(ms))
    throw new ReplayFailure('usage', `--${name} takes a time such as 2026-11-22T20:00:00Z, not ${value}.`)
  return ms
}

/**
 * What a setting of this name would be; a duration is in ms.
 * @throws {ReplayFailure} where no setting may be that
 */
export function settingIn(
  given: Given,
  name: string,
  setting: 'HOLD_TTL' | 'HOLD_GRACE' | 'SEAT_LIMIT',
): number | undefined {
  const text = textOf(given, name)
  if (text === undefined) return undefined
  const { schema, read, expects } = settings[setting]
  const value = read(text)
  if (!Value.Check(schema, value))
    throw new ReplayFailure('usage', `--${name} takes ${expects}, not ${text}.`)
  return value
}

export function wholeNumberIn(given: Given, name: string): number | undefined {
  const value = textOf(given, name)
  if (value === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(value))
    throw new ReplayFailure('usage', `--${name} takes a whole number, not ${value}.`)
  return Number(value)
}
