import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import { EventStream } from '../../http/event-streams.ts'

test('a stream that has ended is over, though its reader takes nothing any more', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => {
    reader.destroy()
    server.close()
  })
  const [socket] = (await once(server, 'connection')) as [Socket]
  const stream = new EventStream(0)
  const over = new Promise<void>((resolve) => stream.onEnd(resolve))
  stream.start(socket, '')
  while (socket.writableLength === 0) {
    stream.write('.'.repeat(65_536))
    await turn()
  }
  stream.end()
  await over
  t.true(socket.destroyed)
})
