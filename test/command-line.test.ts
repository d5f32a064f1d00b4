// Whoever asks a command for help gets its usage, and whoever gives it what it does not take learns what it takes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test from 'ava'

const root = join(import.meta.dirname, '..')

const commands = {
  bench: ['bench/run.ts'],
  'bench -- storm': ['bench/run.ts', 'storm'],
  'bench -- report': ['bench/run.ts', 'report'],
  chart: ['ops/chart.ts'],
  dependencies: ['ops/dependencies.ts'],
  fuzz: ['test/http/fuzz/run.ts'],
  soak: ['ops/soak.ts'],
  simulate: ['test/simulation/run.ts'],
  stack: ['ops/stack/run.ts'],
} as const

async function say(...args: string[]) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { output, errors, code }
}

for (const [name, args] of Object.entries(commands))
  test(`npm run ${name}`, async (t) => {
    const usage = new RegExp(`npm run ${name}`)
    const helped = await say(...args, '--help')
    t.is(helped.code, 0, helped.errors)
    t.regex(helped.output, usage)

    const { code, errors } = await say(...args, '--nope')
    t.is(code, 2, errors)
    t.regex(errors, /Unknown option '--nope'/)
    t.regex(errors, usage)
    t.notRegex(errors, /^ +at /m)
  })

for (const [says, args] of [
  ['There is no verb frob.\n\nnpm run stack', ['ops/stack/run.ts', 'frob']],
  ['There is no file nope.md.\n', ['ops/chart.ts', 'reservation', '--into', 'nope.md']],
  ['There is no file ./nope.ts.\n', ['ops/chart.ts', './nope.ts']],
  ['There is no file /nope.\n', ['holdfast.ts', 'verify-draw', '/nope']],
] as const)
  test(`${args.join(' ')} is answered in a sentence`, async (t) => {
    const { code, errors } = await say(...args)
    t.not(code, 0)
    t.true(errors.startsWith(says), errors)
  })

test('a stack does not come up beside another program on its port', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const other = createServer().listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { code, errors } = await say(
    'ops/stack/run.ts',
    'up',
    '--folder',
    join(folder, 'stack'),
    '--port',
    String(port),
  )
  t.is(code, 1)
  const refusal = `Another program listens on port ${port}: end it, or give another port with --port.\n`
  t.is(errors, refusal, 'before anything is installed')
})

test('npm start', async (t) => {
  const helped = await say('main.ts', '--help')
  t.is(helped.code, 0, helped.errors)
  t.regex(helped.output, /^npm start\n.*\.env\.example.*\/docs/s)
  for (const [given, fault] of [
    ['--nope', /^Unknown option '--nope'/],
    ['nope', /^Unexpected argument 'nope'/],
  ] as const) {
    const { code, errors } = await say('main.ts', given)
    t.is(code, 2, errors)
    t.regex(errors, fault)
    t.regex(errors, /^npm start$/m)
    t.notRegex(errors, /^ +at /m)
  }
})

test('an option of a benchmark that is no number, or none of several', async (t) => {
  for (const given of ['many', '', '1.5', '1,2']) {
    const { code, errors } = await say('bench/run.ts', 'storm', `--seats=${given}`)
    t.is(code, 2)
    t.true(errors.includes(`--seats takes a whole number, not ${given}.\n`), errors)
    t.regex(errors, /--seats \(100\)/)
  }
  const { code, errors } = await say('bench/run.ts', 'holds', '--pools=')
  t.is(code, 2)
  t.true(errors.includes('--pools takes whole numbers, not .\n'), errors)
})
