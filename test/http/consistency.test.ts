// Consistency-Tokens on the wire: who is given one, who may bring one.
import { randomUUID } from 'node:crypto'
import test from 'ava'
import { ConsistencyTokens } from '../../http/consistency-token.ts'
import { type Client, type EmbeddedServer, type Reply, startEmbedded } from '../support/embedded-server.ts'

let server: EmbeddedServer
let admin: Client
let ann: Client
test.before(async () => {
  server = await startEmbedded()
  admin = await server.as('root', 'admin')
  ann = await server.as('ann')
})
test.after.always(() => server.stop())

const header = 'consistency-token'
const tokenOf = ({ headers }: Reply): string => String(headers[header] ?? '')

test('writes to the master itself are answered with a token, their repeats too', async (t) => {
  const concert = { id: 'c', name: 'The Band', description: '' }
  for (const _ of ['first', 'repeat']) {
    t.true(tokenOf(await admin.post('/v1/admin/concerts', concert)).length > 20)
    t.true(
      tokenOf(await ann.post('/v1/balance/charges', { amount: 5 }, { 'idempotency-key': 'k' })).length > 20,
    )
  }
})

test('a refusal has nothing to show, and a look-up has written nothing', async (t) => {
  t.is(tokenOf(await admin.post('/v1/admin/concerts', { id: 'c' })), '')
  t.is(tokenOf(await ann.post('/v1/balance/charges', { amount: -5 })), '')
  t.is(tokenOf(await admin.get('/v1/concerts', { prefer: 'consistency-token' })), '')
})

test('a decision that was waited for is answered with a token if that is preferred', async (t) => {
  const reserve = (prefer: string) =>
    ann.post(
      '/v1/reservations',
      { showId: 'demo-1', bestAvailable: { count: 1 } },
      { prefer, 'idempotency-key': randomUUID() },
    )
  const [plain, preferred, unwaited] = await Promise.all(
    ['wait=10', 'wait=10, consistency-token', 'consistency-token'].map(reserve),
  )
  t.deepEqual(
    [plain, preferred, unwaited].map((reply) => reply?.status),
    [201, 201, 202],
  )
  t.deepEqual(
    [plain, preferred, unwaited].map((reply) => reply && tokenOf(reply) !== ''),
    [false, true, false],
  )
  t.is(plain?.headers['preference-applied'], 'wait=10')
  t.is(preferred?.headers['preference-applied'], 'wait=10, consistency-token')
  t.is(unwaited?.headers['preference-applied'], undefined)
})

test('every look-up takes a token', async (t) => {
  const written = await admin.post('/v1/admin/concerts', { id: 'd', name: 'D', description: '' })
  const token = { [header]: tokenOf(written) }
  const paths = [
    '/v1/concerts',
    '/v1/concerts/d',
    '/v1/concerts/d/shows',
    '/v1/shows/demo-1',
    '/v1/admin/dashboard',
  ]
  for (const path of paths) t.is((await admin.get(path, token)).status, 200, path)
})

const foreign = new ConsistencyTokens(Buffer.alloc(32)).sign('0-1-99')
for (const [what, token] of [
  ['altered', 'MC0xLTk5OTk.AAAAAAAAAAAAAAAAAAAAAA'],
  ['of another deployment', foreign],
  ['without a signature', 'MC0xLTk5OTk'],
  ['empty', ''],
  ['of three parts', `${foreign}.x`],
  ['too long', 'x'.repeat(5_000)],
] as const)
  test(`a token that is ${what} is refused`, async (t) => {
    const { body } = await admin.get('/v1/concerts', { [header]: token })
    t.like(body, { status: 400, code: 'invalid_request' })
  })
