// Buyers' journeys over HTTP as random rounds of requests that are sent at once: joining, asking for seats, paying, taking more
// time, letting go, giving back, repeating under the same key, and asking about what is somebody else's. A model of the shop
// says which answers there may be, in whatever order the server took the requests.
import test from 'ava'
import fc from 'fast-check'
import { type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'
import { oneHall } from '../support/one-hall.ts'
import { checkProperty } from '../support/properties.ts'
import { journeys, seatsOfHall } from './journey/asks.ts'
import { Walk } from './journey/walk.ts'

const runs = 50
const plan = oneHall({ name: 'One row', rows: 1, seatsPerRow: seatsOfHall })

let server: EmbeddedServer
let address: string
test.before(async () => {
  server = await startEmbedded()
  address = await server.app.listen({ port: 0 })
  const admin = await server.as('root', 'admin')
  const { status, body } = await admin.post('/v1/admin/venues', { id: 'one-row', name: 'One row', plan })
  if (status !== 201) throw new Error(JSON.stringify(body))
})
test.after.always(() => server.stop())

test('whatever buyers do at once, one order of their requests explains every answer', async (t) => {
  t.timeout(240_000)
  const told = new Map<string, number>()
  await checkProperty(
    t,
    runs,
    fc.asyncProperty(journeys, async (journey) => {
      for (const line of await new Walk(server, address, journey).go()) {
        const [, is, what] = /^(.+) by .*: (.+)$/.exec(line) ?? []
        if (is) told.set(`${is}: ${what}`, (told.get(`${is}: ${what}`) ?? 0) + 1)
      }
    }),
  )
  t.log(
    [...told]
      .sort()
      .map(([what, count]) => `${count} ${what}`)
      .join('\n'),
  )
})
