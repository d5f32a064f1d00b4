// What a command has to say, said once: blocks that the terminal and the page each render in their own way.
import type { Language } from '../machines/rules.ts'

export type Tone = 'plain' | 'good' | 'bad' | 'quiet'

export type Cell = string | number

export type Block =
  | { readonly kind: 'title'; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'facts'; readonly pairs: readonly (readonly [name: string, value: Cell])[] }
  | Table
  | Chart

export interface Table {
  readonly kind: 'table'
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/** Counts over time, one series a colour, stacked. */
export interface Chart {
  readonly kind: 'chart'
  readonly title: string
  /** Where each slot begins, ms since the epoch. */
  readonly slots: readonly number[]
  readonly series: readonly { readonly name: string; readonly counts: readonly number[] }[]
}

export interface Report {
  readonly blocks: readonly Block[]
  /** English where it says nothing. */
  readonly language?: Language
  /** For programs: all of it, as plain data. */
  readonly data: unknown
  /** 1 where it found what it was looking for. */
  readonly exitCode: 0 | 1
}

export const proseWidthMin = 40

/** What may be broken where the width ends; an id never. */
export const isProse = (cell: Cell): boolean =>
  String(cell)
    .split('\n')
    .some((line) => line.length > proseWidthMin && line.includes(' '))

export const timeOf = (ms: number | null): string => (ms === null ? '–' : new Date(ms).toISOString())

/** Minor units as people write them. */
export function moneyIn(currency: string): (amount: number) => string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency })
  const { maximumFractionDigits = 0 } = format.resolvedOptions()
  return (amount) => format.format(amount / 10 ** maximumFractionDigits)
}

export const durationOf = (ms: number): string =>
  ms < 1_000
    ? `${Math.round(ms)} ms`
    : ms < 120_000
      ? `${(ms / 1_000).toFixed(1)} s`
      : `${(ms / 60_000).toFixed(1)} min`

export const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`
