// Figures are kept with what they depend on: the machine, the versions of everything, the commit.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../ops/servers/programs.ts'

const resultsFolder = join(import.meta.dirname, 'results')
const pathOf = (name: string): string => join(resultsFolder, `${name}.json`)

/** What every benchmark's figures are kept with. */
export interface Surroundings {
  readonly at: string
  readonly commit: string
  readonly hardware: { readonly cpus: number; readonly model: string; readonly memoryGb: number }
  readonly versions: Readonly<Record<string, string>>
}

/** Keeps the figures of the benchmark `name` in bench/results/, in place of those of its last run. */
export function keepResults(name: string, figures: object): void {
  mkdirSync(resultsFolder, { recursive: true })
  const document = { benchmark: name, at: new Date().toISOString(), ...surroundings(), ...figures }
  writeFileSync(pathOf(name), `${JSON.stringify(document, null, 2)}\n`)
  console.log(`Figures: bench/results/${name}.json`)
}

/** Of the latest run; null where there was none. */
export function readResults<Figures>(name: string): (Figures & Surroundings) | null {
  const path = pathOf(name)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Figures & Surroundings) : null
}

export function surroundings(): Omit<Surroundings, 'at'> {
  return {
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    hardware: {
      cpus: cpus().length,
      model: cpus()[0]?.model ?? 'unknown',
      memoryGb: Math.round(totalmem() / 2 ** 30),
    },
    versions: {
      node: process.version,
      database: versionOf(['mariadbd', 'mysqld'], '--version'),
      redis: versionOf(['redis-server'], '--version'),
      rabbitmq: versionOf(['rabbitmqctl'], 'version'),
      ...packageVersions(['fastify', 'ioredis', 'mysql2', 'rabbitmq-client', 'xstate']),
    },
  }
}

function versionOf(programs: readonly string[], argument: string): string {
  const program = findProgram(...programs)
  if (program === null) return 'unknown'
  const text = execFileSync(program, [argument], { encoding: 'utf8' })
  return /\d+\.\d+\.\d+(?:-MariaDB)?/.exec(text)?.[0] ?? 'unknown'
}

function packageVersions(names: readonly string[]): Record<string, string> {
  const path = join(import.meta.dirname, '../package.json')
  const { dependencies } = JSON.parse(readFileSync(path, 'utf8')) as { dependencies: Record<string, string> }
  return Object.fromEntries(names.map((name) => [name, dependencies[name] ?? 'unknown']))
}
