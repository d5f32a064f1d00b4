// Walks through a small sale against a running server and says what happens: a waiting room, two buyers and one seat, one
// who pays, one whose hold runs out, one whose balance is too small. Uses nothing but the HTTP API.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { endWhereNobodyReads } from './broken-pipe.ts'
import { demoConcert, demoVenue } from './demo-concert.ts'

const usage = `Usage: npm run demo -- [ADDRESS]

ADDRESS is where a server is that lets anybody log in, as "npm start" does; without it http://127.0.0.1:PORT, with the PORT of
the environment, else 8080.`

endWhereNobodyReads()

const [given = `http://127.0.0.1:${process.env.PORT || 8080}`] = process.argv.slice(2)
if (given === '--help' || given === '-h') {
  console.log(usage)
  process.exit(0)
}
if (!/^https?:/.test(given) || !URL.canParse(given)) {
  console.error(`${given} is no address of a server.\n\n${usage}`)
  process.exit(2)
}
const address = given.replace(/\/+$/, '')
const run = randomUUID().slice(0, 8)
const showId = `demo-run-${run}`
const holdTtlMs = 3_000

interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: the answers of all routes
  readonly body: any
}

class Person {
  readonly name: string
  readonly #token: string
  #queueToken: { 'queue-token': string } | Record<string, never> = {}

  private constructor(name: string, token: string) {
    this.name = name
    this.#token = token
  }

  static async logIn(name: string, role: 'buyer' | 'admin'): Promise<Person> {
    const { status, body } = await ask('POST', '/v1/dev/login', {}, { userId: `${name}-${run}`, role })
    if (status !== 200)
      throw new Error(
        'No logins for trying out are given here: start the server with DEV_LOGIN=on, and give the address where administrators come in. ' +
          'For a stack: npm run stack -- up --set DEV_LOGIN=on --set DEMO_CHARGES=on',
      )
    return new Person(name, body.token)
  }

  get(path: string): Promise<Reply> {
    return ask('GET', path, { authorization: `Bearer ${this.#token}`, ...this.#queueToken })
  }

  post(path: string, body: object = {}): Promise<Reply> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      'idempotency-key': randomUUID(),
      ...this.#queueToken,
      prefer: 'wait=10',
    }
    return ask('POST', path, headers, body)
  }

  /** What is there already, and the same, stays as it is. */
  async make(path: string, body: object): Promise<void> {
    const { status, body: answer } = await this.post(path, body)
    if (status !== 201) throw new Error(`The show for this demo could not be made: ${answer.detail}`)
  }

  /** @returns the number in the line */
  async joinWaitingRoom(): Promise<number> {
    const { status, body } = await this.post(`/v1/shows/${showId}/waiting-room`)
    if (status >= 400) throw new Error(`${this.name} could not join the waiting room: ${body.detail}`)
    this.#queueToken = { 'queue-token': body.queueToken }
    return body.number
  }

  async untilAdmitted(): Promise<void> {
    for (;;) {
      const { body } = await this.get('/v1/waiting-room')
      if (body.state === 'admitted') return
      await sleep(body.pollAfterMs)
    }
  }

  reserve(seatId: string): Promise<Reply> {
    return this.post('/v1/reservations', { showId, seatIds: [seatId] })
  }

  pay(reservationId: string): Promise<Reply> {
    return this.post(`/v1/reservations/${reservationId}/payment`)
  }
}

async function ask(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Reply> {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

const say = (text = ''): void => console.log(text)

const nameOf = ({ section, row, number }: Record<string, string>): string =>
  `block ${section} row ${row} seat ${number}`

async function sellSeats(): Promise<void> {
  const admin = await Person.logIn('admin', 'admin')
  const [ann, ben, cho] = await Promise.all(['Ann', 'Ben', 'Cho'].map((name) => Person.logIn(name, 'buyer')))
  if (!ann || !ben || !cho) throw new Error('three buyers have logged in')

  await admin.make('/v1/admin/venues', demoVenue)
  await admin.make('/v1/admin/concerts', demoConcert)
  await admin.make('/v1/admin/shows', {
    id: showId,
    concertId: demoConcert.id,
    venueId: demoVenue.id,
    holdTtlMs,
    hasWaitingRoom: true,
    startsAt: '2099-12-30T10:00:00Z',
    opensAt: '2020-01-01T00:00:00Z',
    closesAt: '2099-12-30T10:00:00Z',
    prices: { VIP: 154_000, 'Kategorie I': 110_000, 'Kategorie II': 88_000 },
  })
  say(
    `An administrator puts the show ${showId} on sale. Unpaid seats are held for ${holdTtlMs / 1_000} seconds.`,
  )

  say('\nThey stand in its waiting room, first come, first served.')
  for (const person of [ann, ben, cho])
    say(`  201  ${person.name} has number ${await person.joinWaitingRoom()}.`)
  for (const person of [ann, ben, cho]) {
    await person.untilAdmitted()
    say(`       ${person.name} is let in.`)
  }

  say('\nAnn and Ben want the same seat, B-1-11, at the same moment.')
  const asked = await Promise.all([ann.reserve('B-1-11'), ben.reserve('B-1-11')])
  const [winner, loser] = asked[0].status === 201 ? [ann, ben] : [ben, ann]
  const won = asked.find(({ status }) => status === 201)?.body
  const lost = asked.find(({ status }) => status !== 201)?.body
  say(`  201  ${winner.name} holds ${nameOf(won.seats[0])} for ${won.amount} ${won.currency}.`)
  say(`  ${lost.status}  ${loser.name}: ${lost.code}. ${lost.whatNext}`)
  const next = lost.seatsNearby[0]
  say(`       Free near by: ${lost.seatsNearby.map((seat: { id: string }) => seat.id).join(', ')}`)

  say(`\n${winner.name} puts money into the balance, and pays.`)
  await winner.post('/v1/balance/charges', { amount: 200_000 })
  const paid = await winner.pay(won.id)
  say(`  ${paid.status}  ${winner.name}: ${paid.body.state}, ${paid.body.amount} ${paid.body.currency}.`)

  say(`\n${loser.name} takes ${nameOf(next)} instead, but has only 1000 to pay with.`)
  const second = (await loser.reserve(next.id)).body
  await loser.post('/v1/balance/charges', { amount: 1_000 })
  const poor = await loser.pay(second.id)
  say(`  ${poor.status}  ${loser.name}: ${poor.body.code}. ${poor.body.whatNext}`)

  say('\nCho takes two seats, the best that are left, and forgets about them.')
  const third = (await cho.post('/v1/reservations', { showId, bestAvailable: { count: 2 } })).body
  say(`  201  Cho holds ${third.seats.map(nameOf).join(' and ')} until ${third.holdExpiresAt}.`)

  say('\nTime passes …')
  for (const [person, { id }] of [
    [loser, second],
    [cho, third],
  ] as const) {
    await untilExpired(person, id)
    say(`       ${person.name}'s hold has run out; the seats are free again.`)
  }
  const late = await loser.pay(second.id)
  say(`  ${late.status}  ${loser.name} pays too late: ${late.body.code}. ${late.body.title}`)

  say('\nWhat was decided, and why:')
  for (const [person, { id }] of [
    [winner, won],
    [loser, second],
    [cho, third],
  ] as const) {
    say(`\n  ${person.name}, ${id}`)
    for (const item of (await person.get(`/v1/reservations/${id}/history`)).body.items)
      say(`    ${item.seq}. ${item.text}`)
  }
  say(
    `\nWhat each rule saw there, and why ${loser.name}'s hold ended so:\n  npm run replay -- show ${second.id}`,
  )
}

async function untilExpired(person: Person, reservationId: string): Promise<void> {
  for (;;) {
    const { body } = await person.get(`/v1/reservations/${reservationId}`)
    if (body.state === 'expired') return
    await sleep(200)
  }
}

try {
  await sellSeats()
} catch (error) {
  const isUnreachable = error instanceof TypeError && error.message === 'fetch failed'
  console.error(
    isUnreachable ? `No Holdfast answers at ${address}: run "npm start" first.` : (error as Error).message,
  )
  process.exit(1)
}
