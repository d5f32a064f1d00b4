// Takes connections as quickly as they come, whatever else the event loop has to do.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { limits } from '../engine/limits.ts'
import type { App } from './parts.ts'

interface Address {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
}

/**
 * Of each socket libuv takes one connection a turn of its loop (libuv/libuv#3696), and a turn that has a thousand requests to
 * read takes tens of milliseconds: behind one socket whoever comes new would wait for those who are there, and so would the
 * load balancer's checks. So there are many sockets, among which the system divides what comes, where it can.
 * @returns the URL
 * @throws the system's error, with a sentence where an operator can put it right
 */
export async function listen(app: App, address: Address): Promise<string> {
  app.addHook('preClose', () => takeWhatHasCome(app))
  try {
    return await listenOnMany(app, address)
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      error.message = sentences[String(error.code)]?.(address) ?? error.message
    throw error
  }
}

const noAddress = ({ host }: Address): string =>
  `HOST is ${host}, which is no address of this machine: set it to one that is, such as 127.0.0.1, or to 0.0.0.0 for all of them.`
const noName = ({ host }: Address): string =>
  `HOST is ${host}, which stands for no address that is known here: set it to an address of this machine, such as 127.0.0.1.`

const sentences: Readonly<Record<string, (address: Address) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `Another program has ${host}:${port}: end it, or set PORT to one that is free.`,
  EACCES: ({ port }) => `This user may not listen on port ${port}: set PORT to one from 1024 on.`,
  EADDRNOTAVAIL: noAddress,
  EINVAL: noAddress,
  ENOTFOUND: noName,
  EAI_AGAIN: noName,
}

async function listenOnMany(app: App, address: Address): Promise<string> {
  const { connectionsUnacceptedMax: backlog } = limits
  if (process.platform !== 'linux') return app.listen({ ...address, backlog })
  const shared = { host: address.host, port: await freePort(address), backlog, reusePort: true }
  const further = Array.from({ length: limits.listeningSockets - 1 }, () =>
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) => app.server.emit('connection', socket)),
  )
  let closing: readonly Promise<unknown>[] = []
  app.addHook('preClose', async () => {
    closing = further.map((server) => once(server.close(), 'close'))
  })
  // What came on the others is the app's to finish too.
  app.addHook('onClose', async () => void (await Promise.all(closing)))
  const url = await app.listen(shared)
  await Promise.all(further.map((server) => once(server.listen(shared), 'listening')))
  return url
}

/**
 * Resolves once a turn of the event loop has brought no connection and no request. A socket that closes resets what the system
 * has connected to it, and a connection that closes what has arrived on it: somebody who has sent a request, and sees no answer.
 */
async function takeWhatHasCome({ server }: App): Promise<void> {
  let hasCome = true
  const note = () => {
    hasCome = true
  }
  server.on('connection', note).on('request', note)
  for (let turn = 0; hasCome && turn < limits.turnsBeforeCloseMax; turn++) {
    hasCome = false
    await nextTurn() // behind what this turn has read
    await nextTurn() // behind what the next one has
  }
  server.off('connection', note).off('request', note)
}

/** Who may share a port shares it with a second Holdfast too, so it is asked for alone first. */
async function freePort(address: Address): Promise<number> {
  const server = createServer().listen(address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
