// `holdfast replay COMMAND`: reads the arguments, opens the source, lets the command look, and prints what it found.
import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ConfigError } from '../config.ts'
import { Transient, UnknownVersion } from '../engine/failures.ts'
import { type Command, commands } from './commands.ts'
import type { Report } from './document.ts'
import { exitCodes, notWritable, ReplayFailure } from './failure.ts'
import { renderHtml } from './html.ts'
import { commonOptions, type Given, usageOf } from './options.ts'
import { progressOn, silent } from './progress.ts'
import { openSource } from './source.ts'
import { renderText, shown } from './terminal.ts'

/** Where it reads its settings from, and whom it talks to. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/** @returns the exit code */
export async function replay(args: string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings
  try {
    const [name, ...rest] = args
    const isHelp = name === 'help' || name === '--help' || name === '-h'
    const wanted = isHelp ? rest[0] : name
    const command = commands.find((each) => each.name === wanted)
    if (wanted !== undefined && command === undefined)
      throw new ReplayFailure('usage', `There is no command ${wanted}.\n\n${usageOf(commands)}`)
    if (command !== undefined && !isHelp) return await run(command, rest, surroundings)
    stdout.write(`${usageOf(command === undefined ? commands : [command])}\n`)
    return isHelp ? 0 : exitCodes.usage
  } catch (error) {
    const { message, exitCode } = failureOf(error)
    stderr.write(`${message.split('\n').map(shown).join('\n')}\n`)
    return exitCode
  }
}

async function run(command: Command, args: string[], surroundings: Surroundings): Promise<number> {
  const { environment, stdin, stdout, stderr } = surroundings
  const given = read(command, args)
  if (given.values.help) {
    stdout.write(`${usageOf([command])}\n`)
    return 0
  }
  const progress = given.values.json ? silent : progressOn(stderr)
  const html = given.values.html as string | undefined
  if (html !== undefined && existsSync(html))
    throw new ReplayFailure('usage', `There is a ${html} already; name a new file.`)
  const report = await command.run({
    given,
    progress,
    environment,
    stdin,
    stdout,
    openSource: () => openSource(given.values.from as string | undefined, environment, progress),
  })
  if (report === null) return 0
  print(report, given, html, surroundings)
  return report.exitCode
}

function print(
  report: Report,
  { values }: Given,
  html: string | undefined,
  { environment, stdout, stderr }: Surroundings,
): void {
  if (html !== undefined) {
    const title = report.blocks.find(({ kind }) => kind === 'title')
    const { blocks, language = 'en' } = report
    writePage(html, renderHtml(title?.kind === 'title' ? title.text : 'Replay', blocks, language))
    stderr.write(`Written to ${html}.\n`)
  }
  const { isTTY, columns = 160 } = stdout
  const hasColours = Boolean(isTTY) && !environment.NO_COLOR
  stdout.write(
    values.json
      ? `${JSON.stringify(report.data, null, 2)}\n`
      : renderText(report.blocks, { hasColours, columns }),
  )
}

function writePage(path: string, page: string): void {
  try {
    writeFileSync(path, page, { flag: 'wx' })
  } catch (error) {
    throw notWritable(error as Error)
  }
}

function read(command: Command, args: string[]): Given {
  try {
    const options = { ...commonOptions, ...command.options }
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true })
    const wanted = command.takes.length
    if (!values.help && positionals.length !== wanted && !command.takesMore)
      throw new ReplayFailure(
        'usage',
        `"${command.name}" takes ${wanted === 0 ? 'no arguments' : command.takes.join(' ')}.`,
      )
    return { values, positionals }
  } catch (error) {
    if (error instanceof ReplayFailure)
      throw new ReplayFailure('usage', `${error.message}\n\n${usageOf([command])}`)
    throw new ReplayFailure('usage', `${(error as Error).message}\n\n${usageOf([command])}`)
  }
}

function failureOf(error: unknown): { message: string; exitCode: number } {
  if (error instanceof ReplayFailure) return error
  if (error instanceof ConfigError) return { message: error.message, exitCode: exitCodes.usage }
  if (error instanceof UnknownVersion)
    return {
      message: `This release can't decide that: ${error.message}.`,
      exitCode: exitCodes.unknownVersion,
    }
  const { message, stack, code } = error as Error & { code?: string }
  if (error instanceof Transient || isOfDatabase(code))
    return { message: `The database can't be read: ${message}`, exitCode: exitCodes.database }
  return { message: stack ?? message, exitCode: exitCodes.internal }
}

/** Of SQLite, MySQL, or the way to it. */
const isOfDatabase = (code: string | undefined): boolean =>
  /^(SQLITE_|ER_|PROTOCOL_|ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET)/.test(code ?? '')
