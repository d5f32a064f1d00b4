// `npm run chart -- reservation`: prints a machine's chart as Mermaid, or as JSON for the visualizer to compare with.
// Besides the registered machines it takes a file that exports one.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Chart, chartOf } from '../machines/chart.ts'
import { registry } from '../machines/registry.ts'
import { withDiagram } from '../visualizer/document.ts'
import { mermaidOf } from '../visualizer/mermaid.ts'
import { commandLine, misused, needFile } from './command-line.ts'

const usage = `npm run chart -- MACHINE [--version N] [--json] [--into FILE]

  MACHINE    ${[...new Set(registry.map(({ name }) => name))].join(' or ')}, or a file that exports a machine
  --version  another one than the newest
  --json     as data, to be dropped onto the visualizer
  --into     puts the diagram into a document, below the comment that names this command`

const { values, positionals } = commandLine(usage, {
  allowPositionals: true,
  options: {
    version: { type: 'string' },
    json: { type: 'boolean', default: false },
    into: { type: 'string' },
  },
})
const [machine, ...others] = positionals
if (machine === undefined || others.length > 0) misused(usage, 'One machine, by its name or its file.')

try {
  const chart = await find(machine, values.version)
  if (values.into !== undefined) {
    needFile(values.into)
    writeFileSync(values.into, withDiagram(readFileSync(values.into, 'utf8'), machine, mermaidOf(chart)))
  } else process.stdout.write(values.json ? `${JSON.stringify(chart, null, 2)}\n` : mermaidOf(chart))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function find(name: string, version: string | undefined): Promise<Chart> {
  if (/\.[jt]s$/.test(name)) {
    needFile(name)
    const exported: Record<string, unknown> = await import(pathToFileURL(resolve(name)).href)
    const machine = Object.values(exported).find(isMachine)
    if (machine === undefined) throw new Error(`${name} exports no machine.`)
    return chartOf(machine)
  }
  const versions = registry.filter((each) => each.name === name)
  const found = versions.findLast((each) => version === undefined || String(each.version) === version)
  if (found === undefined)
    throw new Error(`There is no machine ${name}${version ? `@${version}` : ''}.\n${usage}`)
  return chartOf(found.machine)
}

function isMachine(value: unknown): value is Parameters<typeof chartOf>[0] {
  return typeof value === 'object' && value !== null && 'config' in value && 'transition' in value
}
