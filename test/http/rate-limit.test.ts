import { connect } from 'node:net'
import test from 'ava'
import { type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'
import { firstData } from '../support/first-data.ts'

const limited: Record<string, string> = { RATE_LIMIT_MAX: '5' }

async function withServer(
  environment: Record<string, string>,
  use: (server: EmbeddedServer) => Promise<void>,
) {
  const server = await startEmbedded(environment)
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

const ask = (server: EmbeddedServer, headers: Record<string, string> = {}, remoteAddress = '192.0.2.1') =>
  server.send({ method: 'GET', url: '/v1/concerts', headers, remoteAddress })

test('a user may ask so often in a minute, wherever from, and then waits', async (t) => {
  await withServer(limited, async (server) => {
    const { authorization } = await server.as('ann')
    for (let index = 0; index < 5; index++)
      t.is((await ask(server, { authorization }, `192.0.2.${index}`)).status, 200)
    const { status, body, headers } = await ask(server, { authorization }, '192.0.2.9')
    t.is(status, 429)
    t.is(body.code, 'too_many_requests')
    const wait = Number(headers['retry-after'])
    t.true(0 < wait && wait <= 60)
    t.is((await ask(server, { authorization: (await server.as('ben')).authorization })).status, 200)
  })
})

test('who is nobody in particular is counted by address, and so is a token that does not hold', async (t) => {
  await withServer(limited, async (server) => {
    for (let index = 0; index < 5; index++) await ask(server, { authorization: `Bearer a.b.${index}` })
    t.is((await ask(server)).status, 429)
    t.is((await ask(server, {}, '192.0.2.2')).status, 200)
    t.is((await ask(server, {}, '2001:db8::1')).status, 200)
  })
})

test('what does not exist counts too, and what operators ask does not', async (t) => {
  await withServer(limited, async (server) => {
    for (let index = 0; index < 5; index++) await server.send({ method: 'GET', url: `/${index}` })
    t.is((await server.send({ method: 'GET', url: '/6' })).status, 429)
    for (const url of ['/healthz', '/readyz', '/metrics'])
      t.is((await server.send({ method: 'GET', url })).status, 200)
  })
})

test('what does not exist is refused and counted before its body has come', async (t) => {
  await withServer(limited, async (server) => {
    const port = Number(new URL(await server.app.listen({ port: 0 })).port)
    const answers = []
    for (const url of ['/v1/reservationsXX', '/v1/reservations/x/y/z', '/1', '/2', '/3', '/4']) {
      const socket = connect(port, '127.0.0.1')
      const lines = ['Host: x', 'Content-Type: application/json', 'Content-Length: 40']
      socket.write([`POST ${url} HTTP/1.1`, ...lines, '', '{"'].join('\r\n'))
      const answer = await firstData(socket)
      socket.destroy()
      answers.push(/^HTTP\/1\.1 (\d+) .*^x-ratelimit-remaining: (\d+)/ims.exec(answer)?.slice(1))
    }
    const left = ['4', '3', '2', '1', '0'].map((count) => ['404', count])
    t.deepEqual(answers, [...left, ['429', '0']])
  })
})

test('a forged X-Forwarded-For does not get round the limit', async (t) => {
  await withServer(limited, async (server) => {
    const statuses = []
    for (let index = 0; index < 6; index++)
      statuses.push((await ask(server, { 'x-forwarded-for': `198.51.100.${index}` })).status)
    t.deepEqual(statuses, [200, 200, 200, 200, 200, 429])
  })
})

test('the addresses that a trusted proxy names are believed, up to the first that is not trusted', async (t) => {
  await withServer({ ...limited, TRUSTED_PROXIES: '10.0.0.10' }, async (server) => {
    for (let index = 0; index < 6; index++) {
      const { status } = await ask(server, { 'x-forwarded-for': `198.51.100.${index}` }, '10.0.0.10')
      t.is(status, 200)
    }
    const statuses = []
    for (let index = 0; index < 6; index++) {
      const forwarded = { 'x-forwarded-for': `203.0.113.${index}, 198.51.100.77` }
      statuses.push((await ask(server, forwarded, '10.0.0.10')).status)
    }
    t.is(statuses.at(-1), 429, 'what the client wrote itself is passed over')
  })
})
