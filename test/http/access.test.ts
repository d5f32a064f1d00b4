import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import test from 'ava'
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose'
import { type EmbeddedServer, startEmbedded, testSecret } from '../support/embedded-server.ts'

let server: EmbeddedServer
test.before(async () => {
  server = await startEmbedded()
})
test.after.always(() => server.stop())

const key = createSecretKey(Buffer.from(testSecret))
const inAnHour = () => Math.floor(Date.now() / 1_000) + 3_600

const claims = () => ({ role: 'buyer', sub: 'ann', aud: 'holdfast', exp: inAnHour() })

/** A token that holds, but for what is changed about it. */
const sign = (changes: object = {}, signingKey = key, header: object = {}): Promise<string> =>
  new SignJWT({ ...claims(), ...changes }).setProtectedHeader({ alg: 'HS256', ...header }).sign(signingKey)

const asks = async (authorization: string): Promise<number> =>
  (await server.send({ method: 'GET', url: '/v1/balance', headers: { authorization } })).status

test('a token of the right key, audience and time is accepted', async (t) => {
  t.is(await asks(`Bearer ${await sign()}`), 200)
  t.is(await asks(`bearer ${await sign()}`), 200)
})

test('a token with another algorithm, audience, key, time or role is refused', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = await exportJWK(publicKey)
  const unsigned = new UnsecuredJWT(claims()).encode()
  const good = await sign()
  const altered = Buffer.from(JSON.stringify({ ...claims(), sub: 'ben' })).toString('base64url')
  const refused: Record<string, string> = {
    'alg none': unsigned,
    'alg none with a signature': `${unsigned}x`,
    HS512: await sign({}, key, { alg: 'HS512' }),
    RS256: await sign({}, privateKey, { alg: 'RS256' }),
    'an injected key': await sign({}, privateKey, { alg: 'RS256', jwk }),
    'a key to be fetched': await sign({}, privateKey, { alg: 'RS256', jku: 'http://127.0.0.1/', kid: '1' }),
    'another secret': await sign({}, createSecretKey(Buffer.from('x'.repeat(40)))),
    'another audience': await sign({ aud: 'other' }),
    expired: await sign({ exp: Math.floor(Date.now() / 1_000) - 60 }),
    'no expiry': await sign({ exp: undefined }),
    'no subject': await sign({ sub: undefined }),
    'no audience': await sign({ aud: undefined }),
    'a subject with a blank': await sign({ sub: 'a b' }),
    'a subject that is a number': await sign({ sub: 5 }),
    'an endless subject': await sign({ sub: 'x'.repeat(65) }),
    'another role': await sign({ role: 'root' }),
    'not yet': await sign({ nbf: inAnHour() }),
    'an altered payload': good.replace(/\..*\./, `.${altered}.`),
    'half of it': good.slice(0, -8),
    nothing: '',
  }
  for (const [what, each] of Object.entries(refused)) t.is(await asks(`Bearer ${each}`), 401, what)
  t.is(await asks(`Basic ${Buffer.from('ann:ann').toString('base64')}`), 401)
  t.is(await asks(good), 401)
})

test('a refusal says that it wants a bearer token, and nothing about why', async (t) => {
  const { status, headers, body } = await server.send({ method: 'GET', url: '/v1/balance' })
  t.is(status, 401)
  t.is(headers['www-authenticate'], 'Bearer realm="holdfast"')
  t.is(body.code, 'unauthorized')
})

/** Every route of the contract, with the roles that it names. */
const routes = async () => {
  const { body } = await server.send({ method: 'GET', url: '/openapi.json' })
  return Object.entries(body.paths as Record<string, Record<string, { 'x-roles'?: string[] }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { 'x-roles': roles }]) => ({
        method: method.toUpperCase() as 'GET' | 'POST',
        url: path.replaceAll('{id}', 'demo-1').replace('{name}/{version}', 'reservation/1'),
        roles: roles ?? null,
      })),
  )
}

test('each route lets in the roles that the contract names, and no others', async (t) => {
  const all = (await routes()).filter(({ url }) => url.startsWith('/v1/'))
  t.true(all.length > 25)
  for (const role of ['buyer', 'developer', 'admin', 'payments'] as const) {
    const { authorization } = await server.as('somebody', role)
    for (const { method, url, roles } of all) {
      if (roles === null || url.endsWith('/stream')) continue
      const { status, body } = await server.send({ method, url, headers: { authorization } })
      t.is(body.code === 'forbidden', !roles.includes(role), `${role} ${method} ${url}: ${status}`)
      t.true(status < 500, `${role} ${method} ${url}: ${status}`)
    }
  }
})

test('only the catalogue, the seats, the proof of a draw and the login are for everybody', async (t) => {
  const open = (await routes()).filter(({ url, roles }) => url.startsWith('/v1/') && roles === null)
  t.deepEqual(
    open.map(({ url }) => url).sort(),
    [
      '/v1/concerts',
      '/v1/concerts/demo-1',
      '/v1/concerts/demo-1/shows',
      '/v1/dev/login',
      '/v1/shows/demo-1',
      '/v1/shows/demo-1/seats',
      '/v1/shows/demo-1/sections',
      '/v1/shows/demo-1/waiting-room/proof',
    ].sort(),
  )
})

test('somebody else’s reservation is not found, in every route and stream', async (t) => {
  const ann = await server.as('owner')
  const { body: held } = await ann.post('/v1/reservations', { showId: 'demo-1', bestAvailable: { count: 1 } })
  const thief = await server.as('thief')
  const [show = '', own = ''] = held.id.split('.')
  for (const id of [held.id, `${show}.${own}.AAAAAAAAAAAAAAAA`, `demo-2.${held.id.slice(7)}`, 'nonsense'])
    for (const route of ['', '/history', '/stream', '/payment', '/extension', '/cancellation']) {
      const url = `/v1/reservations/${id}${route}`
      const reply = /payment|extension|cancellation/.test(route)
        ? await thief.post(url)
        : await thief.get(url)
      t.like(reply.body, { code: 'not_found', status: 404 }, url)
    }
  t.deepEqual((await thief.get('/v1/reservations')).body.items, [])
  t.is((await ann.get(`/v1/reservations/${held.id}`)).body.state, 'held')
  for (const role of ['developer', 'admin'] as const) {
    const reader = await server.as('reader', role)
    t.is((await reader.get(`/v1/reservations/${held.id}`)).status, 200)
    t.is((await reader.get(`/v1/reservations/${held.id}/history`)).status, 200)
  }
})

test('a balance is charged by its owner or by the payment provider', async (t) => {
  const payments = await server.as('provider', 'payments')
  const { status, body } = await payments.post('/v1/users/pat/charges', { amount: 700 })
  t.is(status, 201)
  t.like(body, { amount: 700, balance: 700, currency: 'KRW' })
  t.is((await (await server.as('pat')).get('/v1/balance')).body.balance, 700)
  t.is((await (await server.as('pat')).post('/v1/users/pat/charges', { amount: 700 })).status, 403)
})

test('where no demo is asked for, buyers charge nothing and nobody logs in as anybody', async (t) => {
  const strict = await startEmbedded({ DEMO_CHARGES: 'off', DEV_LOGIN: 'off' })
  try {
    const buyer = await strict.as('quinn')
    t.like((await buyer.post('/v1/balance/charges', { amount: 1 })).body, { code: 'forbidden', status: 403 })
    const login = { method: 'POST', url: '/v1/dev/login', payload: { userId: 'a', role: 'admin' } } as const
    t.is((await strict.send(login)).status, 404)
    t.is((await server.send(login)).status, 200)
  } finally {
    await strict.stop()
  }
})

test('tokens of an identity provider’s key are accepted, and only those', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const other = await startEmbedded({ AUTH_SECRET: '', AUTH_PUBLIC_KEY: pem })
  try {
    const ask = async (bearer: string) =>
      (
        await other.send({
          method: 'GET',
          url: '/v1/balance',
          headers: { authorization: `Bearer ${bearer}` },
        })
      ).status
    t.is(await ask(await sign({}, privateKey, { alg: 'EdDSA' })), 200)
    t.is(await ask(await sign({}, createSecretKey(Buffer.from(pem)))), 401, 'the public key is no secret')
  } finally {
    await other.stop()
  }
})

test('no secret stands in the log or in an answer', async (t) => {
  const ann = await server.as('ann')
  await ann.post('/v1/balance/charges', { amount: 5 }, { 'idempotency-key': 'a-key-of-mine' })
  await server.send({ method: 'GET', url: '/v1/balance', headers: { authorization: `Bearer ${testSecret}` } })
  const replies = await Promise.all(['/readyz', '/metrics', '/openapi.json'].map((url) => ann.get(url)))
  for (const hidden of [testSecret, ann.authorization.slice(7), 'a-key-of-mine']) {
    t.false(server.log.join('').includes(hidden))
    t.false(JSON.stringify(replies).includes(hidden))
  }
})
