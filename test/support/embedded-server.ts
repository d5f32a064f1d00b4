// The whole of Holdfast in a folder of its own, to be asked without a socket; and buyers who ask it.
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { InjectOptions } from 'fastify'
import { pino } from 'pino'
import { composeEmbedded } from '../../compose/embedded.ts'
import { readConfig } from '../../config.ts'
import { buildApp } from '../../http/app.ts'
import type { Role } from '../../http/auth.ts'
import type { App, HttpParts } from '../../http/parts.ts'
import { seedDemoConcert } from '../../ops/demo-concert.ts'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies of every kind
  readonly body: any
}

export type Headers = Readonly<Record<string, string>>

export interface Client {
  readonly userId: string
  readonly authorization: string
  get(url: string, headers?: Headers): Promise<Reply>
  /** Under a new Idempotency-Key and waiting for the decision, unless the headers say otherwise. */
  post(url: string, body?: unknown, headers?: Headers): Promise<Reply>
}

export interface EmbeddedServer {
  readonly app: App
  readonly parts: HttpParts
  readonly secret: string
  /** Everything that was logged. */
  readonly log: readonly string[]
  send(options: InjectOptions): Promise<Reply>
  as(userId: string, role?: Role): Promise<Client>
  stop(): Promise<void>
}

export const testSecret = 'a-planted-secret-that-nobody-may-ever-see'

/** `adjust`: what the app is given instead of its parts. */
export async function startEmbedded(
  environment: Record<string, string> = {},
  adjust: (parts: HttpParts) => HttpParts = (parts) => parts,
): Promise<EmbeddedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  const config = readConfig({
    DATA_DIR: folder,
    AUTH_SECRET: testSecret,
    RATE_LIMIT_MAX: '100000',
    ...environment,
  })
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const log = pino({ level: 'trace', serializers: { error: pino.stdSerializers.err } }, sink)
  const composition = await composeEmbedded(config, log)
  const { administration, master: catalogue } = composition.http
  await seedDemoConcert({ administration, catalogue }, config)
  const app = await buildApp(adjust(composition.http))
  await composition.start()

  const send = async (options: InjectOptions): Promise<Reply> => {
    const { statusCode, headers, body } = await app.inject(options)
    const isJson = /json/.test(String(headers['content-type']))
    return { status: statusCode, headers, body: isJson && body !== '' ? JSON.parse(body) : body }
  }
  return {
    app,
    log: lines,
    send,
    secret: testSecret,
    parts: composition.http,
    async as(userId, role = 'buyer') {
      const { token } = composition.http.authenticator.issue({ userId, role })
      const authorization = `Bearer ${token}`
      return {
        userId,
        authorization,
        get: (url, headers = {}) => send({ method: 'GET', url, headers: { authorization, ...headers } }),
        post: (url, body, headers = {}) =>
          send({
            method: 'POST',
            url,
            headers: { authorization, 'idempotency-key': randomUUID(), prefer: 'wait=10', ...headers },
            ...(body === undefined ? {} : { payload: body as object }),
          }),
      }
    },
    async stop() {
      await app.close()
      await composition.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
