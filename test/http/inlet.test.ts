// What lets people into a sale, as an administrator sees it and sets it.
import test from 'ava'
import { type Client, type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'
import { inletOf, inletSettings, join, RoomShows } from '../support/room-shows.ts'
import { until } from '../support/until.ts'

let server: EmbeddedServer
let admin: Client
let shows: RoomShows
test.before(async () => {
  server = await startEmbedded()
  admin = await server.as('root', 'admin')
  shows = new RoomShows(server, admin)
})
test.after.always(() => server.stop())

test('settings are shown, changed at once and kept', async (t) => {
  const show = await shows.make('room-13')
  const preset = await admin.get(inletOf(show))
  t.like(preset.body, { showId: show, isPaused: false, waiting: 0, admitted: 0, issued: 0, serving: 0 })
  t.true(preset.body.ratePerSecond > 0)
  const changed = await shows.configure(show, { ratePerSecond: 0.5 })
  t.like(changed.body, { ...inletSettings, ratePerSecond: 0.5 })
  t.is((await admin.post(`${inletOf(show)}/pause`)).body.isPaused, true)
  t.like((await admin.get(inletOf(show))).body, { isPaused: true, ratePerSecond: 0.5 })
  t.is((await admin.post(`${inletOf(show)}/resume`)).body.isPaused, false)
})

test('what people were told is listed with what came of it', async (t) => {
  const show = await shows.make('room-18')
  await shows.configure(show, { ratePerSecond: 4, admittedMax: 1_000 })
  await admin.post(`${inletOf(show)}/pause`)
  for (let user = 1; user <= 12; user++) await join(await server.as(`told-${user}`), show)
  await admin.post(`${inletOf(show)}/resume`)
  const estimates = async () => (await admin.get(inletOf(show))).body.estimates
  await until(async () => (await estimates()).length > 0)
  for (const { lot, toldAt, toldSeconds, tookSeconds } of await estimates()) {
    t.true(1 <= lot && lot <= 12)
    t.true(Math.abs(Date.now() - Date.parse(toldAt)) < 60_000)
    t.true(toldSeconds > 0 && tookSeconds > 0 && tookSeconds < 60)
  }
})

test('when the sale is over nothing is set any more', async (t) => {
  const show = await shows.make('room-19', { closesAt: new Date(Date.now() - 1_000).toISOString() })
  for (const reply of [
    await shows.configure(show),
    await admin.post(`${inletOf(show)}/pause`),
    await admin.post(`${inletOf(show)}/resume`),
  ])
    t.like(reply, { status: 403, body: { code: 'show_not_on_sale' } })
})

for (const [what, some, names] of [
  ['a rate of zero', { ratePerSecond: 0 }, /ratePerSecond/],
  ['a negative rate', { ratePerSecond: -3 }, /ratePerSecond/],
  ['a rate in words', { ratePerSecond: 'NaN' }, /ratePerSecond/],
  ['no rate', { ratePerSecond: null }, /ratePerSecond/],
  ['an endless rate', { ratePerSecond: 1e308 }, /ratePerSecond/],
  ['nobody inside', { admittedMax: 0 }, /admittedMax/],
  ['half a person inside', { admittedMax: 0.5 }, /admittedMax/],
  ['a negative session', { sessionTtlMs: -1 }, /sessionTtlMs/],
  ['a session shorter than the hold', { sessionTtlMs: 479_000 }, /sessionTtlMs must be 480000/],
  ['a session beyond a timer', { sessionTtlMs: 2 ** 31 }, /sessionTtlMs/],
  ['a lottery that is neither on nor off', { lottery: 'sure' }, /lottery/],
  ['something unknown', { isLottery: true }, /isLottery/],
] as const)
  test(`${what} is refused with a sentence`, async (t) => {
    const show = await shows.make(`room-of-${what.replaceAll(' ', '-')}`)
    const { status, body } = await shows.configure(show, some)
    t.like({ status, code: body.code }, { status: 400, code: 'invalid_request' })
    t.regex(body.detail, names)
  })

test('a body that is no JSON, as with NaN, is refused', async (t) => {
  const show = await shows.make('room-14')
  const payload = '{"ratePerSecond": NaN, "admittedMax": 1, "sessionTtlMs": 600000}'
  const headers = { authorization: admin.authorization, 'content-type': 'application/json' }
  const reply = await server.send({ method: 'PUT', url: inletOf(show), headers, payload })
  t.is(reply.status, 400)
})

test('only administrators look at the inlet and change it, only buyers wait', async (t) => {
  const show = await shows.make('room-15')
  const ann = await server.as('ann')
  t.is((await ann.get(inletOf(show))).status, 403)
  t.is((await shows.send(ann, 'PUT', inletOf(show), inletSettings)).status, 403)
  t.is((await ann.post(`${inletOf(show)}/pause`)).status, 403)
  t.is((await ann.post(`${inletOf(show)}/resume`)).status, 403)
  t.is((await join(admin, show)).status, 403)
})
