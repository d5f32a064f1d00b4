// Horizontal bars as SVG, legible on light and dark pages.
interface Group {
  readonly title: string
  readonly bars: readonly { readonly label: string; readonly value: number }[]
}

const width = 720
const labelWidth = 170
const valueWidth = 80
const barHeight = 22
const gap = 8
const titleHeight = 34

export function barChart(groups: readonly Group[]): string {
  let y = 0
  const parts: string[] = []
  for (const { title, bars } of groups) {
    const most = Math.max(1, ...bars.map(({ value }) => value))
    parts.push(`<text x="0" y="${y + 22}" font-weight="bold">${escaped(title)}</text>`)
    y += titleHeight
    for (const [index, { label, value }] of bars.entries()) {
      const length = Math.max(1, Math.round(((width - labelWidth - valueWidth) * value) / most))
      const middle = y + barHeight / 2 + 5
      parts.push(
        `<text x="${labelWidth - 10}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
        `<rect x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" rx="3" fill="${index === 0 ? '#2a9d8f' : '#8d99ae'}"/>`,
        `<text x="${labelWidth + length + 8}" y="${middle}">${value}</text>`,
      )
      y += barHeight + gap
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#6b7280">
<title>${escaped(groups.map(({ title }) => title).join(', '))}</title>
${parts.join('\n')}
</svg>
`
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
