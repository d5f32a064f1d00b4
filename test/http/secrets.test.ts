// Planted secrets: a sale in which somebody also does everything wrong, and then a look for them wherever something is kept or
// told: the files of the database, the log, answers, pages, metrics, parked commands, and what the replay writes.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { replay } from '../replay/command-line.ts'
import {
  type Client,
  type EmbeddedServer,
  type Headers,
  type Reply,
  startEmbedded,
} from '../support/embedded-server.ts'
import { inletOf, join as joinLine, RoomShows } from '../support/room-shows.ts'
import { until } from '../support/until.ts'

const queueKey = 'a-planted-key-of-queue-tokens-that-nobody-sees'
const idempotencyKey = 'a-planted-idempotency-key'
/** In a place where nobody expects it. */
const misplaced = 'a-planted-password-in-the-wrong-field'
const showId = 'demo-1'
const showInLine = 'demo-2'

let folder: string
let server: EmbeddedServer
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  server = await startEmbedded({ DATA_DIR: folder, QUEUE_TOKEN_KEYS: queueKey })
})
test.after.always(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a planted secret appears in no log, error, parked command, journal, metric, page or export', async (t) => {
  const [buyer, admin] = [await server.as('ann'), await server.as('root', 'admin')]
  const reservationId = await buy(buyer, showId)
  const queueToken = await comeIn(buyer, admin)
  const ofLine = await buy(buyer, showInLine, { 'queue-token': queueToken })
  const answers = [
    ...(await goWrong(buyer)),
    ...(await misplace(buyer, queueToken)),
    ...(await parkAndSendAgain(admin, reservationId)),
  ]
  for (const url of [
    ...['/readyz', '/metrics', '/openapi.json', '/visualizer', '/docs', '/v1/admin/parked'],
    ...['/v1/admin/dashboard', inletOf(showInLine), `/v1/machines/reservation/1/subjects/${ofLine}`],
  ])
    answers.push(await admin.get(url))
  for (const path of ['', '/history']) answers.push(await buyer.get(`/v1/reservations/${ofLine}${path}`))

  const places = new Map<string, string>([
    ['the log', server.log.join('')],
    ['answers', JSON.stringify(answers)],
    ...(await written([reservationId, ofLine])),
  ])
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (file.isFile()) places.set(file.name, await readFile(join(file.parentPath, file.name), 'latin1'))
  const bearers = [buyer, admin].map(({ authorization }) => authorization.slice('Bearer '.length))
  const hidden = [server.secret, queueKey, idempotencyKey, misplaced, ...bearers, ...queueToken.split('.')]
  for (const [place, text] of places) {
    t.true(text.length > 0, place)
    for (const secret of hidden) t.false(text.includes(secret), `${secret} stands in ${place}`)
  }
  const all = [...places.values()].join('')
  for (const known of [reservationId, ofLine, 'it failed at ann', 'invalid_request', 'BrokenInvariant'])
    t.true(all.includes(known), `${known} is found: it was looked for in the right places`)
})

async function buy(buyer: Client, show: string, headers: Headers = {}): Promise<string> {
  const { status, body } = await buyer.post(
    '/v1/reservations',
    { showId: show, seatIds: ['A-1-1'] },
    { 'idempotency-key': idempotencyKey, ...headers },
  )
  if (status !== 201) throw new Error(JSON.stringify(body))
  await buyer.post('/v1/balance/charges', { amount: 900_000 }, { 'idempotency-key': `${idempotencyKey}-2` })
  await buyer.post(`/v1/reservations/${body.id}/payment`, undefined, {
    'idempotency-key': `${idempotencyKey}-3`,
  })
  return body.id
}

/** Through the waiting room. @returns the queue token */
async function comeIn(buyer: Client, admin: Client): Promise<string> {
  await new RoomShows(server, admin).configure(showInLine)
  const joined = await joinLine(buyer, showInLine)
  const { queueToken } = joined.body
  const look = () => buyer.get('/v1/waiting-room', { 'queue-token': queueToken })
  await until(async () => (await look()).body.state === 'admitted')
  return queueToken
}

/** A queue token that holds, where it does not belong, in others' hands, and spoiled. */
async function misplace(buyer: Client, queueToken: string): Promise<Reply[]> {
  const body = { showId: showInLine, seatIds: ['A-1-2'] }
  const ben = await server.as('ben')
  return Promise.all([
    buyer.get(`/v1/waiting-room?queueToken=${queueToken}`),
    buyer.get(`/v1/shows/${queueToken}`),
    buyer.get('/v1/waiting-room', { 'queue-token': `${queueToken}x` }),
    buyer.get('/v1/balance', { authorization: `Bearer ${queueToken}` }),
    buyer.post('/v1/reservations', { ...body, queueToken }),
    ben.post('/v1/reservations', body, { 'queue-token': queueToken }),
    joinLine(ben, showInLine, { 'queue-token': queueToken }),
    ben.get('/v1/waiting-room', { 'queue-token': queueToken }),
  ])
}

/** Secrets where they do not belong. */
async function goWrong(buyer: Client): Promise<Reply[]> {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  return Promise.all([
    buyer.post('/v1/reservations', { showId, seatIds: ['A-1-2'], password: misplaced }),
    buyer.post('/v1/reservations', `{"showId":"${misplaced}`, { 'content-type': 'application/json' }),
    buyer.post('/v1/reservations', { showId: misplaced, seatIds: ['A-1-2'] }),
    buyer.get(`/v1/shows/${showId}/seats?password=${misplaced}`),
    buyer.get(`/v1/balance?access_token=${misplaced}`),
    buyer.get('/v1/balance', bearer(misplaced)),
    buyer.get('/v1/balance', bearer(server.secret)),
    buyer.get('/v1/waiting-room', { 'queue-token': misplaced }),
    buyer.get('/v1/balance', { cookie: `session=${misplaced}`, 'x-api-key': misplaced }),
  ])
}

async function parkAndSendAgain(admin: Client, subjectId: string): Promise<Reply[]> {
  const { master, intake } = server.parts
  // No machine of a show has a refund: the engine logs that, and parks it.
  const ask = { userId: 'root', idempotencyKey: `${idempotencyKey}-5`, waitMs: 10_000 }
  await intake.administer({ ...ask, type: 'refund', subjectId: showId, showId })
  const command = {
    ...({ id: 'planted', type: 'cancel', showId, subjectId, userId: 'ann' } as const),
    fingerprint: 'none',
    acceptedAt: 1,
  }
  const parked = { id: command.id, showId, reason: 'it failed at ann', at: 1 }
  await master.park([{ ...parked, body: Buffer.from(JSON.stringify(command)) }])
  return [
    await admin.post(
      '/v1/admin/parked/planted/retry',
      { reason: 'by hand' },
      { 'idempotency-key': `${idempotencyKey}-4` },
    ),
  ]
}

/** By the replay. */
async function written(reservationIds: readonly string[]): Promise<[string, string][]> {
  const file = join(folder, 'master.db')
  const out = await mkdtemp(join(tmpdir(), 'holdfast-'))
  const told: [string, string][] = []
  for (const args of [
    ...reservationIds.map((id) => ['show', id]),
    ...[showId, showInLine].map((show) => ['audit', '--show', show]),
    ['redrive', 'planted'],
    ['export', join(out, 'sale.jsonl')],
  ]) {
    const name = args.join(' ')
    const page = join(out, `${told.length}.html`)
    const { stdout, stderr } = await replay(...args, '--from', file, '--html', page)
    told.push([`the replay's ${name}`, `${stdout}${stderr}${await readFile(page, 'utf8')}`])
  }
  told.push(['the export', await readFile(join(out, 'sale.jsonl'), 'latin1')])
  await rm(out, { recursive: true, force: true })
  return told
}
