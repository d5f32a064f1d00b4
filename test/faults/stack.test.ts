// The native stack as an operator meets it: it starts whole or not at all, shows outside only what is for buyers, and leaves
// nothing behind.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { signToken } from '../../bench/tokens.ts'
import { installMissingServers, loadBalancer } from '../../ops/servers/install.ts'
import { freePorts } from '../../ops/servers/ports.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

test.before(() => installMissingServers(console.error, loadBalancer))

const program = join(import.meta.dirname, '../../ops/stack/run.ts')

/** `npm run stack` with everything that it makes in a folder of its own. */
class StackCommand {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  start(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
    return spawn(process.execPath, [program, ...args, '--folder', join(this.folder, 'stack')], {
      env: { ...process.env, TMPDIR: this.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  async run(...args: string[]): Promise<{ code: number | null; output: string }> {
    const child = this.start(...args)
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ])
    return { code, output: `${output}${errors}` }
  }

  /** Every part has its folder here for as long as it is there, and each of its processes was told of that folder. */
  get left(): string[] {
    return [...readdirSync(this.folder), ...this.processes.values()]
  }

  /** Their command lines by their ids. */
  get processes(): ReadonlyMap<string, string> {
    const ids = processIds().filter((id) => told(id, 'environ').includes(`TMPDIR=${this.folder}`))
    return new Map(ids.map((id) => [id, told(id, 'cmdline').replaceAll('\0', ' ')]))
  }

  /** Resolves with the id of a process with such a command line, once there is one. */
  async process(command: RegExp): Promise<number> {
    let found: string | undefined
    await until(() => {
      found = [...this.processes].find(([, each]) => command.test(each))?.[0]
      return found !== undefined
    }, 60_000)
    return Number(found)
  }
}

/** As Linux does. */
const listsProcesses = existsSync('/proc/self/environ')

const processIds = (): string[] =>
  listsProcesses ? readdirSync('/proc').filter((id) => /^\d+$/.test(id)) : []

function told(id: string, what: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${id}/${what}`, 'utf8')
  } catch {
    return '' // it ended meanwhile, or is somebody else's
  }
}

const isOpen = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(`tcp://${address}`)
    const socket = connect(Number(port), hostname)
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

async function stackCommand(t: ExecutionContext): Promise<StackCommand> {
  const stack = new StackCommand(await temporaryFolder(t))
  t.teardown(() => stack.run('down'))
  return stack
}

async function untilNothingIsLeft(t: ExecutionContext, stack: StackCommand): Promise<void> {
  await until(() => stack.left.length === 0, 30_000).catch(() => {})
  t.deepEqual(stack.left, [])
}

/** Every path of the contract, with whom it is for. */
const forStaff = /^\/(metrics|readyz|visualizer|admin|v1\/(admin|dev|machines))(\/|$)/

test.serial(
  'up, status, logs, seed, down: the whole stack, of which outside only sees what is for buyers',
  async (t) => {
    t.timeout(300_000)
    const stack = await stackCommand(t)
    const [port] = await freePorts(1)
    const outside = `http://127.0.0.1:${port}`
    const began = performance.now()
    const up = await stack.run('up', '--port', `${port}`)
    t.is(up.code, 0, up.output)
    t.log(`up after ${Math.round(performance.now() - began)} ms`)
    t.regex(
      await stack.run('up', '--port', `${port}`).then(({ output }) => output),
      /^A stack is up already: /,
    )

    const { output: status } = await stack.run('status')
    for (const name of ['app-1', 'app-2', 'app-3']) t.regex(status, new RegExp(`^${name} .* ready$`, 'm'))
    for (const name of ['haproxy', 'master', 'replica', 'redis', 'rabbitmq'])
      t.regex(status, new RegExp(`^${name} .* up$`, 'm'))
    const [, inside = ''] = /comes in at (http\S+)\n\n/.exec(status) ?? []

    const seeded = await stack.run('seed', '--seats', '1000', '--show', 'small')
    t.is(seeded.output, 'The show small is on sale: Stadium of 1000 seats.\n')
    const sections = await fetch(`${outside}/v1/shows/small/sections`)
    t.is(sections.status, 200)

    // What each path answers outside: the same as inside, or that there is no such thing.
    const admin = signToken(
      readFileSync(join(stack.folder, 'stack/secrets/auth-secret'), 'utf8'),
      'root',
      'admin',
    )
    const headers = { authorization: `Bearer ${admin}` }
    const { paths } = (await (await fetch(`${inside}/openapi.json`)).json()) as {
      paths: Record<string, object>
    }
    const known = [...Object.keys(paths), '/metrics', '/visualizer', '/admin', '/', '/openapi.json', '/docs/']
    t.true(known.length > 30)
    for (const path of known
      .map((each) => each.replaceAll(/\{\w+\}/g, 'small'))
      .filter((each) => !each.endsWith('stream'))) {
      const { status: seen, headers: told } = await fetch(`${outside}${path}`, { headers })
      if (forStaff.test(path)) {
        t.is(seen, 404, path)
        t.regex(told.get('content-type') ?? '', /^application\/problem\+json/)
        t.truthy(told.get('request-id'))
      } else t.is(seen, (await fetch(`${inside}${path}`, { headers })).status, path)
    }
    for (const path of ['/metrics', '/readyz', '/v1/admin/dashboard', '/v1/machines/reservation/1'])
      t.is((await fetch(`${inside}${path}`, { headers })).status, 200, path)
    for (const path of [
      '/v1/%61dmin/dashboard',
      '/%6detrics',
      '//v1/admin/dashboard',
      '/v1//admin/dashboard',
      '/x/../metrics',
    ])
      t.not((await fetch(`${outside}${path}`, { headers })).status, 200, path)

    t.regex((await stack.run('logs', 'app-1')).output, /Holdfast is ready at http/)
    const addresses = new Set([...status.matchAll(/127\.0\.0\.1:\d+/g)].map(([address]) => address))
    t.is(addresses.size, 9, 'five kinds of servers, two ways in')
    for (const address of addresses) t.true(await isOpen(address), address)
    const down = await stack.run('down')
    t.is(down.output, 'Down; nothing is left of it.\n')
    await untilNothingIsLeft(t, stack)
    for (const address of addresses) t.false(await isOpen(address), address)
    t.is((await stack.run('down')).output, 'No stack is up.\n')
  },
)

test.serial('a stack that cannot start says why, and nothing is left of its other parts', async (t) => {
  t.timeout(180_000)
  const stack = await stackCommand(t)
  const { code, output } = await stack.run(
    'up',
    '--set',
    'SEAT_LIMIT=none',
    '--port',
    `${(await freePorts(1))[0]}`,
  )
  t.is(code, 1)
  t.regex(output, /^app-\d did not start: it ended with exit code 1\.\nSEAT_LIMIT must be a whole number/)
  await untilNothingIsLeft(t, stack)
})

for (const signal of ['SIGINT', 'SIGKILL'] as const)
  test.serial(`a start that is interrupted by ${signal} is cleaned up`, async (t) => {
    t.timeout(120_000)
    const stack = await stackCommand(t)
    const starting = stack.start('up', '--port', `${(await freePorts(1))[0]}`)
    await until(() => stack.left.some((name) => name.startsWith('holdfast-rabbitmq')), 60_000)
    starting.kill(signal)
    await once(starting, 'exit')
    await untilNothingIsLeft(t, stack)
  })

const wherePossible = listsProcesses ? test.serial : test.serial.skip

wherePossible('RabbitMQ leaves no port mapper behind that it started itself', async (t) => {
  t.timeout(180_000)
  const stack = await stackCommand(t)
  const upped = stack.run('up', '--port', `${(await freePorts(1))[0]}`)
  await stack.process(/-s rabbit boot/)
  process.kill(await stack.process(/epmd -port/), 'SIGKILL')
  const { code, output } = await upped
  t.is(code, 1)
  t.regex(output, /^RabbitMQ did not start: /)
  await untilNothingIsLeft(t, stack)
})

test.serial('when the process that a stack lives in is killed, nothing is left of the stack', async (t) => {
  t.timeout(180_000)
  const stack = await stackCommand(t)
  t.is((await stack.run('up', '--port', `${(await freePorts(1))[0]}`)).code, 0)
  process.kill(Number(readFileSync(join(stack.folder, 'stack/pid'), 'utf8')), 'SIGKILL')
  await untilNothingIsLeft(t, stack)
  t.is((await stack.run('status')).output, 'No stack is up: `npm run stack -- up`.\n')
})
