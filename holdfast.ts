#!/usr/bin/env node
// The `holdfast` command: its tools by name. A tool gets what stands behind its name and answers with the exit code.
import { existsSync } from 'node:fs'

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

/** As a shell says of what SIGPIPE ended: `| head` has read enough, and nobody is left to tell anything. */
const exitCodeOfBrokenPipe = 141

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodeOfBrokenPipe)
  throw error
})

const [name = '', ...args] = process.argv.slice(2)
const tool = Object.hasOwn(tools, name) ? tools[name] : undefined
if (tool === undefined) {
  const known = Object.entries(tools).map(([each, { does }]) => `  holdfast ${each.padEnd(12)} ${does}`)
  console.error([`Usage: holdfast TOOL …`, '', ...known].join('\n'))
  process.exitCode = 2
} else {
  process.exitCode = await tool.run(args)
}
