// `npm run bench -- NAME…`: each benchmark by its name, on servers of its own; without a name holds and paid, where the
// peers take part. `all` is what the tables of README and docs/PERFORMANCE.md are made of, one after the other;
// growth and soak take longer and run by themselves.
import { helpWhoAsks, misused } from '../ops/command-line.ts'
import { installMissingServers } from '../ops/servers/install.ts'

interface Benchmark {
  /** @param options what follows the names on the command line */
  run(options: readonly string[]): Promise<void>
}

const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  holds: () => import('./holds.ts'),
  replay: () => import('./replay.ts'),
  'waiting-room': () => import('./waiting-room.ts'),
  paid: () => import('./paid.ts'),
  storm: () => import('./storm.ts'),
  'best-available': () => import('./best-available.ts'),
  growth: () => import('./growth.ts'),
  'seat-map': () => import('./seat-map.ts'),
  overload: () => import('./overload.ts'),
  servers: () => import('./servers.ts'),
  soak: () => import('./soak.ts'),
  visualizers: () => import('./visualizers.ts'),
  report: () => import('./report.ts'),
}
const byDefault = ['holds', 'paid']
const all = ['holds', 'paid', 'storm', 'best-available', 'seat-map', 'overload', 'servers', 'report']

const given = process.argv.slice(2)
const firstOption = given.findIndex((each) => each.startsWith('-'))
const named = firstOption < 0 ? given : given.slice(0, firstOption)
const names = named.flatMap((name) => (name === 'all' ? all : name))
const options = firstOption < 0 ? [] : given.slice(firstOption)

const usage = `npm run bench -- [NAME…] [OPTION…]

  NAME    ${Object.keys(benchmarks).join(', ')},
          or all for ${all.join(', ')}; without one ${byDefault.join(' and ')}
  OPTION  npm run bench -- NAME --help tells those of one benchmark`

const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name))
if (unknown.length > 0) misused(usage, `There is no benchmark ${unknown.join(', ')}.`)
if (names.length === 0) helpWhoAsks(usage, options)
await installMissingServers((line) => console.error(line))
for (const name of names.length > 0 ? names : byDefault) {
  console.error(`── ${name}`)
  try {
    const benchmark = await benchmarks[name]?.()
    await benchmark?.run(options)
  } catch (error) {
    // The others may still say something.
    console.error(error)
    process.exitCode = 1
  }
}
