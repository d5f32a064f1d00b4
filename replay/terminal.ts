// A report in a terminal: tables and colours where it can show them, plain lines where the output goes into a file.
import { styleText } from 'node:util'
import Table from 'cli-table3'
import stringWidth from 'string-width'
import { type Block, type Cell, isProse, proseWidthMin, type Tone } from './document.ts'

export interface Terminal {
  readonly hasColours: boolean
  readonly columns: number
}

type Style = Parameters<typeof styleText>[0]

const tones: Readonly<Record<Tone, Style | null>> = { plain: null, good: 'green', bad: 'red', quiet: 'dim' }

export function renderText(blocks: readonly Block[], terminal: Terminal): string {
  return `${blocks.map((block) => render(block, terminal)).join('\n')}\n`
}

function render(block: Block, terminal: Terminal): string {
  const paint = (style: Style | null, text: string) =>
    style === null || !terminal.hasColours ? text : styleText(style, text, { validateStream: false })
  switch (block.kind) {
    case 'title':
      return paint('bold', shown(block.text))
    case 'heading':
      return `\n${paint('bold', shown(block.text))}`
    case 'text':
      return paint(tones[block.tone ?? 'plain'], shown(block.text))
    case 'facts': {
      const width = Math.max(...block.pairs.map(([name]) => name.length))
      return block.pairs
        .map(([name, value]) => `  ${paint('dim', shown(name).padEnd(width))}  ${shown(value)}`)
        .join('\n')
    }
    case 'table':
      return tableOf(block.columns, block.rows, terminal)
    case 'chart':
      return block.series
        .map(({ name, counts }) => `  ${sparkline(counts)}  ${shown(name)}`)
        .concat(`  ${paint('dim', spanOf(block.slots))}`)
        .join('\n')
  }
}

function tableOf(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  { hasColours, columns: width }: Terminal,
) {
  const isNumber = columns.map((_, index) => rows.some((row) => typeof row[index] === 'number'))
  const table = new Table({
    head: columns.map(shown),
    colAligns: isNumber.map((each) => (each ? 'right' : 'left')),
    colWidths: widthsOf([columns, ...rows], width),
    wordWrap: true,
    style: hasColours ? { head: ['bold'], border: ['gray'] } : { head: [], border: [] },
  })
  for (const row of rows) table.push(row.map(shown))
  return table.toString()
}

/** As wide as what stands in them; prose is broken where the terminal ends, ids never. */
function widthsOf(rows: readonly (readonly Cell[])[], width: number): number[] {
  const lines = (row: readonly Cell[], column: number) => String(row[column] ?? '').split('\n')
  const columns = [...(rows[0]?.keys() ?? [])]
  const widths = columns.map(
    (column) => 2 + Math.max(...rows.flatMap((row) => lines(row, column).map((line) => stringWidth(line)))),
  )
  const prose = columns.map((column) => rows.some((row) => isProse(row[column] ?? '')))
  const excess = () => widths.reduce((sum, each) => sum + each + 1, 1) - width
  while (excess() > 0) {
    const widest = columns.reduce((best, each) => {
      const isBetter = prose[each] && (widths[each] ?? 0) > (best < 0 ? proseWidthMin : (widths[best] ?? 0))
      return isBetter ? each : best
    }, -1)
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

/** What came from outside must not steer the terminal. */
export const shown = (value: Cell): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  String(value).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\u{fffd}')

const bars = ' ▁▂▃▄▅▆▇█'

function sparkline(counts: readonly number[]): string {
  const most = Math.max(1, ...counts)
  return counts.map((count) => bars[Math.ceil((count / most) * (bars.length - 1))]).join('')
}

const spanOf = (slots: readonly number[]): string => {
  const [first, last] = [slots[0], slots.at(-1)]
  if (first === undefined || last === undefined) return ''
  return `${new Date(first).toISOString()} to ${new Date(last).toISOString()}`
}
