// Requests of every route, allowed and not, with and without the right to them; and what must be true of every answer.
import type { AddressInfo } from 'node:net'
import { type Command, encodeCommands } from '../../../engine/command.ts'
import { Random } from '../../simulation/random.ts'
import type { EmbeddedServer } from '../../support/embedded-server.ts'
import { type Route, routesOf } from './contract.ts'
import { People } from './people.ts'
import { fastRoutes, lotteryShow, type Request, Requests } from './requests.ts'
import { type Answer, Sockets } from './sockets.ts'

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
  /** Of those, past Fastify. */
  fast: number
}

export interface FuzzReport {
  readonly faults: readonly string[]
  readonly routes: ReadonlyMap<string, Asked>
}

const inFlight = 64
const faultsKept = 20
/** Nothing else is asked as often. */
const turnsOfFast = 4
const progressEvery = 10_000

export async function fuzz({ server, requests, seed, progress = () => {} }: FuzzPlan): Promise<FuzzReport> {
  const seenByFastify = new Set<string>()
  server.app.addHook('onRequest', async ({ id }) => void seenByFastify.add(id))
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const sockets = new Sockets((server.app.server.address() as AddressInfo).port)
  const routes = routesOf(server.app.swagger())
  const turns = routes.flatMap((route) =>
    Array(fastRoutes.includes(route.name) ? turnsOfFast : 1).fill(route),
  )
  const random = new Random(seed)
  const people = new People(server, random.fork())
  await people.begin()
  await parkSomething(server)
  await openLottery(server)
  const made = new Requests(random.fork(), people)
  const asked = new Map(routes.map(({ name }) => [name, { sent: 0, good: 0, fast: 0 }]))
  const faults: string[] = []
  let sent = 0
  let answered = 0

  const ask = async (): Promise<void> => {
    while (sent < requests && faults.length < faultsKept) {
      const route = turns[sent++ % turns.length] as Route
      const request = await made.of(route)
      const answer = await sockets.ask(request)
      for (const fault of faultsOf(request, answer, people)) faults.push(tell(request, answer, fault))
      const count = asked.get(route.name) as Asked
      const isFast = !seenByFastify.delete(answer.requestId)
      count.sent++
      if (isGood(answer)) {
        count.good++
        if (isFast) count.fast++
      }
      if (request.person) people.remember(request.person, route, answer)
      if (++answered % progressEvery === 0) progress(answered)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, ask))
  sockets.close()
  return { faults, routes: asked }
}

function* faultsOf(request: Request, answer: Answer, people: People): Generator<string> {
  const { route, person, isAllowed, isRight } = request
  const { status, contentType, text, body, retryAfter, requestId } = answer
  if (status === 0) return yield 'it is hung up on without a word'
  if (!/^[\da-f-]{36}$/.test(requestId)) yield 'it does not say which request it answers'
  const { code } = (body ?? {}) as { code?: string }
  if (status >= 500 && !(status === 503 && ['unavailable', 'overloaded'].includes(code ?? '') && retryAfter))
    yield 'a fault of the server'
  const fault = route.isStream && isGood(answer) ? null : route.faultOfAnswer(status, contentType, body)
  if (fault !== null) yield `an answer that is not of the contract: ${fault}`
  for (const name of route.strayHeaders(status, answer.headers))
    yield `a header that is not of the contract: ${name}`
  if (isGood(answer) && !isAllowed) yield 'a request that the contract does not allow was carried out'
  const isStaff = isRight && person !== null && person.role !== 'buyer'
  for (const secret of people.secrets.foreignIn(text, person, { said: saidIn(request), isStaff }))
    yield `it names ${secret}, which is somebody else's`
}

const isGood = ({ status }: Answer): boolean => status >= 200 && status < 300

const saidIn = ({ url, headers, payload = '' }: Request): string =>
  [url, ...Object.values(headers), payload].join(' ')

function tell(
  { route, person, url, payload, headers, bytes }: Request,
  answer: Answer,
  fault: string,
): string {
  const { authorization: _, ...others } = headers
  return [
    `${fault}: ${route.method} ${url} by ${person?.role ?? 'nobody'} with ${JSON.stringify(others)}`,
    `  ${bytes?.toString('latin1').slice(0, 800) ?? payload?.slice(0, 500) ?? ''}`,
    `  ${answer.status} ${answer.text.slice(0, 500)}`,
  ].join('\n')
}

async function openLottery({ as, send }: EmbeddedServer): Promise<void> {
  const { post, authorization } = await as('root', 'admin')
  await post('/v1/admin/shows', {
    id: lotteryShow,
    concertId: 'demo',
    venueId: 'riethsporthalle',
    hasWaitingRoom: true,
    startsAt: '2090-01-01T00:00:00Z',
    opensAt: '2089-01-01T00:00:00Z',
    closesAt: '2090-01-01T00:00:00Z',
    prices: { VIP: 3, 'Kategorie I': 2, 'Kategorie II': 1 },
  })
  const { status, body } = await send({
    method: 'PUT',
    url: `/v1/admin/shows/${lotteryShow}/waiting-room`,
    headers: { authorization },
    payload: { ratePerSecond: 10, admittedMax: 10, sessionTtlMs: 600_000, lottery: true },
  })
  if (status !== 200) throw new Error(JSON.stringify(body))
}

async function parkSomething({ parts }: EmbeddedServer): Promise<void> {
  const command: Command = {
    type: 'pause',
    id: 'parked-1',
    showId: 'demo-1',
    subjectId: 'demo-1',
    userId: 'root',
    fingerprint: 'f',
    acceptedAt: 1,
  }
  const parked = { showId: 'demo-1', reason: 'it failed', at: 1 }
  await parts.master.park([
    { ...parked, id: 'parked-1', body: Buffer.from(JSON.stringify(command)) },
    { ...parked, id: 'parked-2', body: encodeCommands([command]) },
  ])
}

/** The share of 2xx, per route and of all, and how many of these were answered past Fastify. */
export function tellShares(routes: FuzzReport['routes']): {
  readonly lines: string[]
  readonly share: number
  readonly fast: number
} {
  const all = [...routes.values()].reduce(
    (sum, each) => ({ sent: sum.sent + each.sent, good: sum.good + each.good, fast: sum.fast + each.fast }),
    { sent: 0, good: 0, fast: 0 },
  )
  const line = (name: string, { sent, good, fast }: Asked) =>
    `${`${Math.round((100 * good) / Math.max(1, sent))} %`.padStart(6)} of ${sent}  ${name}` +
    (fast > 0 ? `, ${fast} past Fastify` : '')
  return {
    lines: [...[...routes].map(([name, each]) => line(name, each)), line('all', all)],
    share: all.good / Math.max(1, all.sent),
    fast: all.fast,
  }
}
