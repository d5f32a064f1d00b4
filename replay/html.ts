// A report as one page that can be mailed: no script, nothing from elsewhere, and every text escaped.
import type { Language } from '../machines/rules.ts'
import { type Block, type Cell, type Chart, isProse, type Table } from './document.ts'

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (value: Cell): string => String(value).replace(/[&<>"']/g, (sign) => escapes[sign] ?? '')

const style = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; color: #1d232b; background: #fff; overflow-wrap: anywhere }
:lang(ko) { word-break: keep-all }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem } p { max-width: 60rem }
table { font-size: .8125rem; border-collapse: collapse; margin: .5rem 0; display: block; overflow-x: auto }
th, td { border: 1px solid #cfd6de; padding: .3rem .6rem; text-align: left; vertical-align: top; white-space: pre; overflow-wrap: normal }
td.prose { white-space: pre-line; min-width: 16rem }
th { background: #eef2f6 } td.number { text-align: right; font-variant-numeric: tabular-nums }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem } dt { color: #5b6672 } dd { margin: 0 }
.good { color: #14652f } .bad { color: #a3121f } .quiet { color: #5b6672 }
figure { margin: 1rem 0; overflow-x: auto } figcaption { font-weight: 600 } svg { width: 100%; min-width: 40rem; height: auto }
.key { display: inline-block; width: .8em; height: .8em; margin-right: .3em } .keys > span { display: inline-block; margin-right: 1rem }
@media (prefers-color-scheme: dark) {
  body { color: #e6e9ee; background: #14181d } th { background: #232a32 } th, td { border-color: #3a444f }
  dt, .quiet { color: #9aa6b2 } .good { color: #6fd08c } .bad { color: #ff8a92 } }
`

const policy = "default-src 'none'; style-src 'unsafe-inline'"

export function renderHtml(title: string, blocks: readonly Block[], language: Language): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
${blocks.map(render).join('\n')}
</body>
</html>
`
}

function render(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `<h1>${escaped(block.text)}</h1>`
    case 'heading':
      return `<h2>${escaped(block.text)}</h2>`
    case 'text':
      return `<p class="${block.tone ?? 'plain'}">${escaped(block.text)}</p>`
    case 'facts':
      return `<dl>${block.pairs.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`
    case 'table':
      return table(block)
    case 'chart':
      return chart(block)
  }
}

/** Prose takes the width that there is; all else keeps its lines whole, and the table scrolls where they are too long. */
function table({ columns, rows }: Table): string {
  const prose = columns.map((_, column) => rows.some((row) => isProse(row[column] ?? '')))
  const cell = (value: Cell, column: number) => {
    const kind = typeof value === 'number' ? 'number' : prose[column] ? 'prose' : 'plain'
    return `<td class="${kind}">${escaped(value)}</td>`
  }
  const head = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join('')
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`
}

const colours = ['#0b6fb8', '#c8501a', '#3f8f3a', '#8a4fb0', '#b8860b', '#b03060', '#2a9d9d', '#6b6f76']
const size = { width: 960, height: 240, left: 60, bottom: 24 }

/** Bars, stacked, the time below and the counts at the left. */
function chart({ title, slots, series }: Chart): string {
  const totals = slots.map((_, slot) => series.reduce((sum, { counts }) => sum + (counts[slot] ?? 0), 0))
  const most = Math.max(1, ...totals)
  const step = (size.width - size.left) / Math.max(1, slots.length)
  const y = (count: number) => ((size.height - size.bottom) * count) / most
  const bars = slots.flatMap((_, slot) => {
    let below = 0
    return series.flatMap(({ counts }, index) => {
      const count = counts[slot] ?? 0
      if (count === 0) return []
      below += count
      const place = `x="${(size.left + slot * step).toFixed(1)}" y="${(size.height - size.bottom - y(below)).toFixed(1)}"`
      const extent = `width="${Math.max(0.5, step - 0.5).toFixed(1)}" height="${y(count).toFixed(1)}"`
      return [`<rect ${place} ${extent} fill="${colours[index % colours.length]}"/>`]
    })
  })
  const ends = [slots[0], slots.at(-1)].map((at) => (at === undefined ? '' : new Date(at).toISOString()))
  const keys = series.map(
    ({ name }, index) =>
      `<span><span class="key" style="background:${colours[index % colours.length]}"></span>${escaped(name)}</span>`,
  )
  return `<figure><figcaption>${escaped(title)}</figcaption>
<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escaped(title)}" font-size="12" fill="currentColor">
<text x="0" y="12">${most}</text><text x="0" y="${size.height - size.bottom}">0</text>
${bars.join('\n')}
<text x="${size.left}" y="${size.height - 6}">${ends[0]}</text><text x="${size.width}" y="${size.height - 6}" text-anchor="end">${ends[1]}</text>
</svg><p class="keys">${keys.join('')}</p></figure>`
}
