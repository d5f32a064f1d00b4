// Requests of every route, allowed and not, with and without the right to them; and what must be true of every answer.
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Command, encodeCommands } from '../../../engine/command.ts'
import type { App } from '../../../http/parts.ts'
import { Random } from '../../simulation/random.ts'
import type { EmbeddedServer } from '../../support/embedded-server.ts'
import { type Route, routesOf } from './contract.ts'
import { People } from './people.ts'
import { lotteryShow, type Request, Requests } from './requests.ts'

export interface FuzzPlan {
  readonly server: EmbeddedServer
  readonly requests: number
  readonly seed: number
  readonly progress?: (sent: number) => void
}

export interface Asked {
  sent: number
  /** Answered with 2xx. */
  good: number
}

export interface FuzzReport {
  readonly faults: readonly string[]
  readonly routes: ReadonlyMap<string, Asked>
}

const inFlight = 64
const faultsKept = 20

export async function fuzz({ server, requests, seed, progress = () => {} }: FuzzPlan): Promise<FuzzReport> {
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const routes = routesOf(server.app.swagger())
  const random = new Random(seed)
  const people = new People(server, random.fork())
  await people.begin()
  await parkSomething(server)
  await openLottery(server)
  const made = new Requests(random.fork(), people)
  const asked = new Map(routes.map(({ name }) => [name, { sent: 0, good: 0 }]))
  const faults: string[] = []
  let sent = 0

  const ask = async (): Promise<void> => {
    while (sent < requests && faults.length < faultsKept) {
      const route = routes[sent++ % routes.length] as Route
      const request = await made.of(route)
      const answer = await sendOne(server, request)
      const count = asked.get(route.name) as Asked
      count.sent++
      if (answer.status < 300) {
        count.good++
        if (request.person) people.remember(request.person, answer.body)
      }
      for (const fault of faultsOf(request, answer, people)) faults.push(tell(request, answer, fault))
      if (sent % 10_000 === 0) progress(sent)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, ask))
  return { faults, routes: asked }
}

interface Answer {
  readonly status: number
  readonly contentType: string
  readonly retryAfter: string | undefined
  readonly text: string
  readonly body: unknown
}

interface Received {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly payload: string
}

async function sendOne({ app }: EmbeddedServer, made: Request): Promise<Answer> {
  const { route, url, headers, payload } = made
  const opened = route.isStream ? openStream(app, made) : null
  const received: Received = opened
    ? await opened
    : await app.inject({
        ...{ method: route.method as 'GET', url, headers },
        ...(payload === undefined ? {} : { payload }),
      })
  const contentType = String(received.headers['content-type'] ?? '')
  const retryAfter = received.headers['retry-after'] as string | undefined
  const said = received.payload
  const body = contentType.includes('json') && said !== '' ? JSON.parse(said) : said
  return { status: received.statusCode, contentType, retryAfter, text: said, body }
}

/**
 * A stream takes its connection over, so that it needs a real one. It has no end of its own: its beginning is looked at, and it
 * is hung up. Null for what Node's client does not send.
 */
function openStream({ server }: App, { route, url, headers }: Request): Promise<Received> | null {
  const { port } = server.address() as AddressInfo
  const asked = ask({ host: '127.0.0.1', port, path: url, method: route.method, headers, agent: false })
  return asked && answerTo(asked)
}

function ask(options: RequestOptions): ClientRequest | null {
  try {
    return request(options).end()
  } catch {
    return null
  }
}

async function answerTo(asked: ClientRequest): Promise<Received> {
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const { statusCode = 0, headers } = answer
  if (statusCode < 300) {
    answer.destroy()
    return { statusCode, headers, payload: '' }
  }
  return { statusCode, headers, payload: await text(answer) }
}

function* faultsOf({ route, person, isAllowed }: Request, answer: Answer, people: People): Generator<string> {
  const { status, contentType, text, body, retryAfter } = answer
  const { code } = (body ?? {}) as { code?: string }
  if (status >= 500 && !(status === 503 && ['unavailable', 'overloaded'].includes(code ?? '') && retryAfter))
    yield 'a fault of the server'
  const fault = route.isStream && status < 300 ? null : route.faultOfAnswer(status, contentType, body)
  if (fault !== null) yield `an answer that is not of the contract: ${fault}`
  if (status < 300 && !isAllowed) yield 'a request that the contract does not allow was carried out'
  if (person?.role !== 'buyer' && person !== null) return
  // What a buyer has said of somebody else may come back; what was not said may not.
  const own = `${route.name} ${JSON.stringify(person?.reservations ?? [])}`
  const others = person === null ? [] : people.secretsOfOthers(person)
  for (const secret of others)
    if (text.includes(secret) && !own.includes(secret) && status < 300 && route.name !== 'POST /v1/dev/login')
      yield `it names ${secret}, which is another buyer's`
}

function tell(
  { route, person, url, payload, headers }: Request,
  { status, text }: Answer,
  fault: string,
): string {
  const { authorization: _, ...others } = headers
  return [
    `${fault}: ${route.method} ${url} by ${person?.role ?? 'nobody'} with ${JSON.stringify(others)}`,
    `  ${payload?.slice(0, 500) ?? ''}`,
    `  ${status} ${text.slice(0, 500)}`,
  ].join('\n')
}

async function openLottery({ as, send }: EmbeddedServer): Promise<void> {
  const { post, authorization } = await as('root', 'admin')
  await post('/v1/admin/shows', {
    ...{ id: lotteryShow, concertId: 'demo', venueId: 'riethsporthalle', hasWaitingRoom: true },
    ...{
      startsAt: '2090-01-01T00:00:00Z',
      opensAt: '2089-01-01T00:00:00Z',
      closesAt: '2090-01-01T00:00:00Z',
    },
    prices: { VIP: 3, 'Kategorie I': 2, 'Kategorie II': 1 },
  })
  const { status, body } = await send({
    ...{ method: 'PUT', url: `/v1/admin/shows/${lotteryShow}/waiting-room`, headers: { authorization } },
    payload: { ratePerSecond: 10, admittedMax: 10, sessionTtlMs: 600_000, lottery: true },
  })
  if (status !== 200) throw new Error(JSON.stringify(body))
}

async function parkSomething({ parts }: EmbeddedServer): Promise<void> {
  const command: Command = {
    type: 'pause',
    ...{ id: 'parked-1', showId: 'demo-1', subjectId: 'demo-1', userId: 'root' },
    ...{ fingerprint: 'f', acceptedAt: 1 },
  }
  const parked = { showId: 'demo-1', reason: 'it failed', at: 1 }
  await parts.master.park([
    { ...parked, id: 'parked-1', body: Buffer.from(JSON.stringify(command)) },
    { ...parked, id: 'parked-2', body: encodeCommands([command]) },
  ])
}

/** The share of 2xx, per route and of all. */
export function tellShares(routes: FuzzReport['routes']): {
  readonly lines: string[]
  readonly share: number
} {
  const all = [...routes.values()].reduce(
    (sum, each) => ({ sent: sum.sent + each.sent, good: sum.good + each.good }),
    { sent: 0, good: 0 },
  )
  const line = (name: string, { sent, good }: Asked) =>
    `${`${Math.round((100 * good) / Math.max(1, sent))} %`.padStart(6)} of ${sent}  ${name}`
  return {
    lines: [...[...routes].map(([name, each]) => line(name, each)), line('all', all)],
    share: all.good / Math.max(1, all.sent),
  }
}
