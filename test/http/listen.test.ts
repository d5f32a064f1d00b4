import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import test from 'ava'
import { listen } from '../../http/listen.ts'
import { startEmbedded } from '../support/embedded-server.ts'
import { firstData } from '../support/first-data.ts'

const anywhere = { host: '127.0.0.1', port: 0 }

test('connections that come at once are taken in a few turns of the event loop', async (t) => {
  const server = await startEmbedded()
  t.teardown(() => server.stop())
  const port = Number(new URL(await listen(server.app, anywhere)).port)
  let taken = 0
  server.app.server.on('connection', () => taken++)
  const crowd = 512
  const sockets = Array.from({ length: crowd }, () => connect(port, '127.0.0.1'))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  let turns = 0
  for (; taken < crowd && turns < crowd; turns++) await nextTurn()
  t.log(`${turns} turns`)
  t.true(turns < crowd / 8, `${turns} turns`)
})

test('a stop waits for what came on any of the sockets, and leaves none of them open', async (t) => {
  const server = await startEmbedded()
  const url = await listen(server.app, anywhere)
  const { authorization } = await server.as('ann')
  const count = 32
  const allSeen = Promise.withResolvers<void>()
  let seen = 0
  server.app.server.on('request', () => {
    if (++seen === count) allSeen.resolve()
  })
  const requests = Array.from({ length: count }, (_, index) =>
    fetch(`${url}/v1/reservations`, {
      method: 'POST',
      headers: {
        authorization,
        connection: 'close',
        prefer: 'wait=10',
        'content-type': 'application/json',
        'idempotency-key': `key-${index}`,
      },
      body: JSON.stringify({ showId: 'demo-1', bestAvailable: { count: 1 } }),
    }),
  )
  await Promise.race([allSeen.promise, Promise.all(requests)])
  await server.stop()
  for (const response of await Promise.all(requests)) t.true([201, 409].includes(response.status))
  for (let i = 0; i < count; i++)
    await t.throwsAsync(once(connect(Number(new URL(url).port), '127.0.0.1'), 'connect'), {
      code: 'ECONNREFUSED',
    })
})

test('a stop answers whoever was connected and had sent a request, though the server had not seen it', async (t) => {
  const server = await startEmbedded()
  const port = Number(new URL(await listen(server.app, anywhere)).port)
  const request = 'GET /healthz HTTP/1.1\r\nHost: holdfast\r\n\r\n'
  const kept = await Promise.all(
    Array.from({ length: 64 }, async () => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(request)
      await firstData(socket)
      return socket
    }),
  )
  const sockets = [...kept, ...Array.from({ length: 512 }, () => connect(port, '127.0.0.1'))]
  const answers = sockets.map((socket) => {
    socket.write(request)
    return firstData(socket).then(
      (data) => data.slice(0, 15),
      (error) => error.code ?? error.message,
    )
  })
  await server.stop()
  t.deepEqual(new Set(await Promise.all(answers)), new Set(['HTTP/1.1 200 OK']))
  for (const socket of sockets) socket.destroy()
})

test('a port that another server has is an error that names it', async (t) => {
  const [first, second] = await Promise.all([startEmbedded(), startEmbedded()])
  t.teardown(() => Promise.all([first.stop(), second.stop()]))
  const port = Number(new URL(await listen(first.app, anywhere)).port)
  const error = await t.throwsAsync(listen(second.app, { ...anywhere, port }), { code: 'EADDRINUSE' })
  t.true(error?.message.includes(`127.0.0.1:${port}`))
  t.regex(error?.message ?? '', /set PORT to one that is free\.$/)
})

test('a host that is no address of this machine is an error that names the setting', async (t) => {
  const server = await startEmbedded()
  t.teardown(() => server.stop())
  for (const host of ['nohost.invalid', '999.1.1.1', '192.0.2.1']) {
    const error = await t.throwsAsync(listen(server.app, { host, port: 0 }))
    t.regex(error?.message ?? '', new RegExp(`^HOST is ${host}, which .*: set it to .*\\.$`))
  }
})
