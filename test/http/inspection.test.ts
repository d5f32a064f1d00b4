import test from 'ava'
import { startEmbedded } from '../support/embedded-server.ts'

test('a list of subjects loses none of them between its pages, whatever their shows are called', async (t) => {
  const server = await startEmbedded()
  t.teardown(() => server.stop())
  const [admin, ann] = await Promise.all([server.as('root', 'admin'), server.as('ann')])
  const held: string[] = []
  for (const id of ['__proto__', 'constructor', '7']) {
    const made = await admin.post('/v1/admin/shows', {
      id,
      concertId: 'demo',
      venueId: 'riethsporthalle',
      startsAt: '2090-01-01T00:00:00Z',
      opensAt: '2020-01-01T00:00:00Z',
      closesAt: '2090-01-01T00:00:00Z',
      prices: { VIP: 3, 'Kategorie I': 2, 'Kategorie II': 1 },
    })
    t.is(made.status, 201)
    for (const seatId of ['A-1-1', 'A-1-2']) {
      const { status, body } = await ann.post('/v1/reservations', { showId: id, seatIds: [seatId] })
      t.is(status, 201)
      held.push(body.id)
    }
  }
  const listed: string[] = []
  let next = ''
  do {
    const { status, body } = await admin.get(
      `/v1/machines/reservation/1/subjects?state=held&limit=1${next && `&cursor=${next}`}`,
    )
    t.is(status, 200)
    listed.push(...body.items.map(({ subject }: { subject: { id: string } }) => subject.id))
    next = body.nextCursor
  } while (next)
  t.deepEqual(listed.sort(), held.sort())
})

test('a subject is drawn on the chart of the machine that decided about it alone', async (t) => {
  const server = await startEmbedded()
  t.teardown(() => server.stop())
  const admin = await server.as('root', 'admin')
  await admin.post('/v1/admin/shows/demo-1/pause')
  const of = (machine: string) => `/v1/machines/${machine}/1/subjects/demo-1`
  t.is((await admin.get(of('show'))).status, 200)
  t.is((await admin.get(`${of('show')}/mermaid`)).status, 200)
  const elsewhere = await admin.get(of('reservation'))
  t.is(elsewhere.body.steps[0].machine, 'show@1', 'who asks another one is told whose it is')
  t.like(await admin.get(`${of('reservation')}/mermaid`), { status: 404, body: { code: 'not_found' } })
})
