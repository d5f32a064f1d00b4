#!/usr/bin/env node
// The `holdfast` command: its tools by name. A tool gets what stands behind its name and answers with the exit code.
import { existsSync } from 'node:fs'
import { endWhereNobodyReads } from './ops/broken-pipe.ts'

interface Tool {
  readonly does: string
  readonly run: (args: string[]) => Promise<number>
}

const tools: Readonly<Record<string, Tool>> = {
  replay: {
    does: 'explains, checks and plays again what was decided',
    run: async (args) => (await import('./replay/main.ts')).replay(args, surroundings()),
  },
  'verify-draw': {
    does: "checks a waiting room's lottery by what was published of it",
    run: async (args) => (await import('./replay/verify-draw.ts')).verifyDraw(args, surroundings()),
  },
}

function surroundings() {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const { env: environment, stdin, stdout, stderr } = process
  return { environment, stdin, stdout, stderr }
}

endWhereNobodyReads()

const [name = '', ...args] = process.argv.slice(2)
const tool = Object.hasOwn(tools, name) ? tools[name] : undefined
if (tool === undefined) {
  const known = Object.entries(tools).map(([each, { does }]) => `  holdfast ${each.padEnd(12)} ${does}`)
  const usage = ['Usage: holdfast TOOL …', '', ...known].join('\n')
  if (['help', '--help', '-h'].includes(name)) console.log(usage)
  else {
    console.error(name === '' ? usage : `There is no tool ${name}.\n\n${usage}`)
    process.exitCode = 2
  }
} else {
  process.exitCode = await tool.run(args)
}
