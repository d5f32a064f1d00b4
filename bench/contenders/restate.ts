// Restate: its server, one node with its durable log, and the service on its SDK. It brings its own store, so of the
// servers of the others it uses none.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PrivateFolder } from '../../ops/servers/folder.ts'
import { freePorts } from '../../ops/servers/ports.ts'
import { httpRequest } from '../load/connection.ts'
import { balance, price, seatsPerShow, userIds, visit } from '../stage.ts'
import { type Contender, keep, startProcess } from './contender.ts'

const peer = join(import.meta.dirname, '../peers/restate')
const startTimeoutMs = 60_000
const chargesAtOnce = 50

/** At each start the server asks here, whatever its settings say. For it alone that is this machine, where nobody answers. */
const askedForNewVersions = 'api.github.com'
const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user']
const withHosts = (hosts: string) => ['sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts]

/**
 * It has no table to write balances into: its buyers are charged one by one, so that there are few of them, and they come
 * again for the next show.
 */
const buyers = 3_000
const visitOf = (index: number) => visit(Math.floor(index / buyers) * seatsPerShow + (index % buyers))

export async function startRestate(): Promise<Contender> {
  const [ingress = 0, admin = 0, node = 0, service = 0] = await freePorts(4)
  const folder = new PrivateFolder('restate')
  const data = folder.join('data')
  writeFileSync(folder.join('hosts'), `127.0.0.1 localhost ${askedForNewVersions}\n`)
  const options = ['--no-logo', '--base-dir', data, '--bind-port', String(node)]
  const server = spawn(
    'unshare',
    [...asRoot, '--mount', ...withHosts(folder.join('hosts')), restateServer(), ...options],
    {
      env: {
        ...process.env,
        RESTATE_LISTEN_MODE: 'tcp',
        RESTATE_BIND_IP: '127.0.0.1',
        RESTATE_INGRESS__BIND_PORT: String(ingress),
        RESTATE_ADMIN__BIND_PORT: String(admin),
        // It would fetch its pages and tell of its use: nothing leaves the machine.
        RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
        RESTATE_DISABLE_TELEMETRY: 'true',
        RESTATE_LOG_FILTER: 'error',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
    },
  )
  keep(server)
  const exited = once(server, 'exit')
  await answers(`http://127.0.0.1:${admin}/health`)
  const { child, stop } = await startProcess(join(peer, '../restate/main.ts'), {
    PORT: String(service),
    ADMIN_URL: `http://127.0.0.1:${admin}`,
  })
  await answers(`http://127.0.0.1:${ingress}/restate/health`)
  await chargeAccounts(ingress)
  return {
    name: 'Restate',
    setting: '',
    pids: [child.pid ?? 0],
    ports: [ingress],
    success: '200',
    hold(index) {
      const { showId, seatId, userId } = visitOf(index)
      const body = { userId, seats: [{ id: `${showId}-${seatId}`, price }] }
      return call(`/reservation/${showId}-${userId}/hold`, body)
    },
    pay(index) {
      const { showId, userId } = visitOf(index)
      return httpRequest('POST', `/reservation/${showId}-${userId}/pay`, {}, null)
    },
    async stop() {
      await stop()
      server.kill('SIGKILL')
      await exited
      await folder.remove()
    },
  }
}

const call = (path: string, body: unknown): string => httpRequest('POST', path, {}, JSON.stringify(body))

/** Its program of 200 MB is no dependency of Holdfast: it is installed when it is first wanted. */
function restateServer(): string {
  // Itself: the script beside it would leave it running when it is killed.
  const build = `${process.platform}-${process.arch}`
  const program = join(peer, `node_modules/@restatedev/restate-server-${build}/bin/restate-server`)
  if (!existsSync(program)) {
    console.error('Installing the server of Restate …')
    const { status } = spawnSync('npm', ['ci'], { cwd: peer, stdio: 'inherit' })
    if (status !== 0) throw new Error('The server of Restate could not be installed.')
  }
  return program
}

async function answers(url: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    const isThere = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isThere) return
    if (Date.now() > deadline) throw new Error(`${url} did not answer within ${startTimeoutMs / 1_000} s.`)
    await sleep(200)
  }
}

async function chargeAccounts(ingress: number): Promise<void> {
  for (let from = 0; from < buyers; from += chargesAtOnce)
    await Promise.all(
      userIds.slice(from, Math.min(from + chargesAtOnce, buyers)).map(async (userId) => {
        const url = `http://127.0.0.1:${ingress}/account/${userId}/charge`
        const headers = { 'Content-Type': 'application/json' }
        const { ok } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(balance) })
        if (!ok) throw new Error(`Restate did not charge the account of ${userId}.`)
      }),
    )
}
