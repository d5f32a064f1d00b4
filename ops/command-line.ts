// What stands behind a command's name, or the end of the process: with its usage where that is asked for, or with what is wrong.
import { statSync } from 'node:fs'
import { type ParseArgsConfig, parseArgs } from 'node:util'

export function commandLine<Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  helpWhoAsks(usage, config.args)
  try {
    return parseArgs(config)
  } catch (error) {
    return misused(usage, error)
  }
}

export function helpWhoAsks(usage: string, args: readonly string[] = process.argv.slice(2)): void {
  if (!args.includes('--help') && !args.includes('-h')) return
  console.log(usage)
  process.exit(0)
}

/** For what only the command itself can see to be wrong. */
export function misused(usage: string, reason: unknown): never {
  console.error(`${reason instanceof Error ? reason.message : reason}\n\n${usage}`)
  process.exit(2)
}

/** @throws {Error} with a sentence, where nothing of this name can be read */
export function needFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || found.isDirectory()) throw new Error(`There is no file ${path}.`)
}
