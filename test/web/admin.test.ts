// The administrator's page in a real browser, against a server that sells.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import test from 'ava'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { type Command, encodeCommands } from '../../engine/command.ts'
import type { Client } from '../support/embedded-server.ts'
import { oneHall } from '../support/one-hall.ts'
import { inletOf, RoomShows } from '../support/room-shows.ts'
import { until } from '../support/until.ts'
import { bare, showsText, stagePage, textOf, type Visit } from '../support/visits.ts'
import { wayTo } from '../support/way.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const { languages } = await import(join(import.meta.dirname, '../../web/admin/words.js'))
const paid = { amount: 154_000 }
const { stage, pageTest } = stagePage<Visit>({
  path: '/admin',
  tokenPlace: 'holdfast.token.admin',
  viewport: { width: 1280, height: 800 },
  tokenOf: async (server, { isLoggedIn = true }) =>
    isLoggedIn ? bare(await server.as('root', 'admin')) : null,
  isThere: (page) => page.waitForSelector('h1'),
})
let admin: Client

test.serial.before(async () => {
  admin = await stage.server.as('root', 'admin')
  await parkSomething()
})

/** The browser itself notes in its console that a request was refused, or that the server was not there. */
const allowConsole = (page: Page) => page.removeAllListeners('console')

/** A command of `demo-2`, and something that can't be read. */
async function parkSomething(): Promise<void> {
  const command: Command = {
    type: 'pause',
    id: 'parked-1',
    showId: 'demo-2',
    subjectId: 'demo-2',
    userId: 'root',
    fingerprint: 'f',
    acceptedAt: 1,
  }
  const parked = { showId: 'demo-2', reason: 'it failed', at: 1 }
  await stage.server.parts.master.park([
    { ...parked, id: 'parked-1', body: Buffer.from(JSON.stringify(command)) },
    { ...parked, id: 'parked-2', body: encodeCommands([command]) },
  ])
}

async function hold(userId: string, seatId: string): Promise<{ buyer: Client; id: string }> {
  const buyer = await stage.server.as(userId)
  const { body } = await buyer.post('/v1/reservations', { showId: 'demo-1', seatIds: [seatId] })
  return { buyer, id: body.id }
}

async function pay(userId: string, seatId: string): Promise<string> {
  const { buyer, id } = await hold(userId, seatId)
  await buyer.post('/v1/balance/charges', { amount: 900_000 })
  await buyer.post(`/v1/reservations/${id}/payment`)
  return id
}

const saleOf = async (id: string) => (await admin.get(`/v1/shows/${id}`)).body.sale
const confirm = (page: Page) => page.click('dialog button[value="yes"]')
const figure = (kind: string) =>
  `li:has(a[href="#/show/demo-1"]) .figures div:has(.key[data-kind="${kind}"]) dd`

pageTest('who has no token is asked for one, and whoever may not administer is told so', async (t, visit) => {
  const page = await visit({ isLoggedIn: false, hash: '#/parked' })
  await page.fill('#token', 'garbage')
  await page.keyboard.press('Enter')
  await showsText(page, '[role="alert"]', 'This is no token:')
  await page.click('#try-out')
  await showsText(page, 'h1', 'Parked commands')
  await page.click('#log-out')
  await page.waitForSelector('#token')
  t.is(await page.evaluate("sessionStorage.getItem('holdfast.token.admin')"), null)

  allowConsole(page)
  const { authorization } = await stage.server.as('ann')
  await page.fill('#token', authorization)
  await page.keyboard.press('Enter')
  await showsText(page, '[role="alert"]', 'This token has no right to do that.')
  await page.fill('#token', 'never.was.one')
  await page.keyboard.press('Enter')
  await showsText(page, '[role="alert"]', 'The server does not accept this token')
})

pageTest('the figures move while a sale runs, and nothing is taken from the keyboard', async (t, visit) => {
  const page = await visit()
  const before = Number(await textOf(page, figure('held')))
  await page.focus('a[href="#/show/demo-1"]')
  await hold('mover', 'B-1-1')
  await showsText(page, figure('held'), String(before + 1))
  t.is(await page.evaluate('document.activeElement.getAttribute("href")'), '#/show/demo-1')
  await showsText(page, '.dependencies', 'master')
  await showsText(page, '.age', 'As of ')
})

pageTest('a sale is paused once that is confirmed, and resumed, by keyboard alone', async (t, visit) => {
  const page = await visit({ hash: '#/show/demo-1' })
  await page.focus('#pause-sale')
  await page.keyboard.press('Enter')
  await showsText(page, 'dialog', 'Who holds seats may still pay')
  await page.keyboard.press('Escape')
  await page.waitForSelector('dialog', { state: 'detached' })
  t.is(await saleOf('demo-1'), 'open')

  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await showsText(page, '.outcome', 'The sale is paused.')
  t.is(await saleOf('demo-1'), 'paused')
  await page.waitForSelector('#resume-sale:focus')
  await showsText(page, '#sale', 'paused')
  await page.keyboard.press('Enter')
  await showsText(page, '.outcome', 'The sale goes on.')
  await page.waitForSelector('#pause-sale:focus')
  t.is(await saleOf('demo-1'), 'open')
})

pageTest('what is refused is told with what to do next', async (_, visit) => {
  const page = await visit({ hash: '#/show/demo-1' })
  allowConsole(page)
  await page.click('#pause-sale')
  await admin.post('/v1/admin/shows/demo-1/pause')
  await confirm(page)
  await showsText(page, '.outcome', 'in a state that does not allow this')
  await showsText(page, '.outcome', 'Read its state and history')
  await admin.post('/v1/admin/shows/demo-1/resume')
})

pageTest('a command whose answer is lost is sent again under the same key', async (t, visit) => {
  const page = await visit({ hash: '#/show/demo-1' })
  allowConsole(page)
  const keys: (string | undefined)[] = []
  await page.route('**/pause', async (route) => {
    keys.push(route.request().headers()['idempotency-key'])
    if (keys.length > 1) return route.continue()
    await route.fetch()
    await route.abort()
  })
  await page.click('#pause-sale')
  await confirm(page)
  await showsText(page, '.outcome', 'No answer came.')
  await showsText(page, '.outcome', 'The sale is paused.')
  t.is(keys.length, 2)
  t.is(new Set(keys).size, 1)
  await page.click('#resume-sale')
  await showsText(page, '.outcome', 'The sale goes on.')
})

pageTest('a command that nobody has decided in time is told as accepted', async (_, visit) => {
  const page = await visit({ hash: '#/show/demo-1' })
  const receipt = { id: 'demo-1', commandId: 'c', state: 'queued' }
  await page.route('**/pause', (route) => route.fulfill({ status: 202, json: receipt }))
  await page.click('#pause-sale')
  await confirm(page)
  await showsText(page, '.outcome', 'Accepted. It will be decided in its turn')
})

pageTest(
  'while the server is away that is said quietly, and what is there shows once it is back',
  async (t, visit) => {
    const way = await wayTo(t, stage.address)
    const page = await visit({ address: `http://127.0.0.1:${way.port}` })
    allowConsole(page)
    const before = Number(await textOf(page, figure('held')))
    way.close()
    await showsText(page, '.away', 'The server does not answer.')
    await hold('meanwhile', 'B-1-2')
    way.heal()
    await showsText(page, figure('held'), String(before + 1))
    await page.waitForSelector('.away', { state: 'hidden' })
  },
)

pageTest('people are let in as the form says, or not at all', async (t, visit) => {
  const show = await new RoomShows(stage.server, admin).make('with-room')
  const inlet = async () => (await admin.get(inletOf(show))).body
  const page = await visit({ hash: `#/show/${show}` })
  await page.fill('[name="ratePerSecond"]', '2.5')
  await page.fill('[name="admittedMax"]', '0')
  await page.fill('[name="sessionMinutes"]', '20')
  await page.check('[name="followsStock"]')
  await page.click('form button[type="submit"]')
  await showsText(page, '.field', 'From 1 to 1000000.')
  await page.waitForSelector('[name="admittedMax"]:focus')
  await page.fill('[name="admittedMax"]', '70')
  await page.click('form button[type="submit"]')
  await showsText(page, '.outcome', 'Saved.')
  t.like(await inlet(), { ratePerSecond: 2.5, admittedMax: 70, sessionTtlMs: 1_200_000, followsStock: true })

  // What somebody else sets meanwhile shows in the fields that nobody has typed in.
  await page.fill('[name="ratePerSecond"]', '4')
  const others = { ratePerSecond: 1, admittedMax: 55, sessionTtlMs: 1_200_000 }
  await stage.server.send({
    method: 'PUT',
    url: inletOf(show),
    headers: { authorization: admin.authorization },
    payload: others,
  })
  await until(async () => (await page.inputValue('[name="admittedMax"]')) === '55')
  await page.click('form button[type="submit"]')
  await until(async () => (await inlet()).ratePerSecond === 4)
  t.is((await inlet()).admittedMax, 55)

  await page.click('#pause-room')
  await confirm(page)
  await showsText(page, '#room-state', 'paused')
  t.true((await inlet()).isPaused)
  await page.click('#pause-room')
  await showsText(page, '#room-state', 'lets people in')
  t.false((await inlet()).isPaused)
})

pageTest('a parked command is sent again with a reason', async (t, visit) => {
  const page = await visit({ hash: '#/parked' })
  const card = '[data-parked="parked-1"]'
  await showsText(page, card, 'it failed')
  await showsText(page, '[data-parked="parked-2"]', 'cannot be sent again')
  await page.fill(`${card} input`, 'The cause is mended.')
  await page.click(`${card} button`)
  await showsText(page, card, 'Sent again and decided. State: paused.')
  t.is(await saleOf('demo-2'), 'paused')
  await admin.post('/v1/admin/shows/demo-2/resume')
})

pageTest('a paid reservation is refunded once that is confirmed', async (t, visit) => {
  const id = await pay('refunded', 'B-2-1')
  const page = await visit({ hash: '#/refund' })
  allowConsole(page)
  await page.fill('[name="reservation"]', 'demo-1.nothing.there')
  await page.keyboard.press('Enter')
  await showsText(page, '.outcome', 'There is no such thing')
  await page.fill('[name="reservation"]', id)
  await page.keyboard.press('Enter')
  await showsText(page, 'dialog', `${id}: 1 seat, paid.`)
  t.like((await admin.get(`/v1/reservations/${id}`)).body, { ...paid, state: 'paid' })
  await confirm(page)
  await showsText(page, '.outcome', `${id} is refunded.`)
  const way = await page.getAttribute('.outcome a', 'href')
  t.is(way, `/visualizer#/reservation/1/of/${encodeURIComponent(id)}`)
  t.is((await admin.get(`/v1/reservations/${id}`)).body.state, 'refunded')
  await page.fill('[name="reservation"]', id)
  await page.keyboard.press('Enter')
  await showsText(page, '.outcome', `Only what is paid can be refunded: ${id} is refunded.`)
})

pageTest('a concert, a venue out of a file and a show are made, and it is on sale', async (t, visit) => {
  const page = await visit({ hash: '#/new/concert' })
  allowConsole(page)
  const submit = () => page.click('form button[type="submit"]')
  await page.fill('[name="id"]', 'demo')
  await page.fill('[name="name"]', 'Another')
  await page.fill('[name="description"]', 'One evening.\nIn two lines.')
  await submit()
  await showsText(page, '.outcome', 'Something with this id exists already and differs.')
  t.is(await page.inputValue('[name="name"]'), 'Another', 'what was typed stays')
  await page.fill('[name="id"]', 'another')
  await submit()
  await showsText(page, '.outcome', 'Another is there.')
  t.is((await admin.get('/v1/concerts/another')).body.description, 'One evening. In two lines.')

  await page.click('.tabs a[href="#/new/venue"]')
  await page.waitForSelector('#field-plan')
  const file = (content: unknown) => ({
    name: 'hall.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(content)),
  })
  const plan = oneHall({ name: 'Small hall', rows: 2, seatsPerRow: 5 })
  await page.setInputFiles('#field-plan', file({ ...plan, categories: [] }))
  await showsText(page, '#plan-told', '10 seats')
  await page.fill('[name="id"]', 'small-hall')
  await page.fill('[name="name"]', 'Small hall')
  await submit()
  await showsText(
    page,
    '.outcome',
    "body.plan: zones[0].rows[0].seats[0].category 'all' is not one of categories.",
  )
  await page.setInputFiles('#field-plan', file(plan))
  await showsText(page, '#plan-told', 'Categories: all.')
  await submit()
  await showsText(page, '.outcome', 'Small hall is there, with 10 seats.')

  await page.click('.outcome a')
  await page.selectOption('[name="concertId"]', 'another')
  await page.fill('[name="id"]', 'another-1')
  await page.fill('[name="venueId"]', 'small-hall')
  await page.fill('[name="opensAt"]', '2020-01-01T00:00')
  await page.fill('[name="closesAt"]', '2019-01-01T00:00')
  await page.fill('[name="startsAt"]', '2090-01-01T20:00')
  t.is(await page.inputValue('[name="category-0"]'), 'all', 'the categories are those of the plan')
  await page.fill('[name="amount-0"]', '55000')
  await submit()
  await showsText(page, '.outcome', 'body.opensAt must be before closesAt.')
  await page.waitForSelector('[name="opensAt"]:focus')
  await page.click('#language')
  await showsText(page, 'h1', '공연 등록')
  await page.fill('[name="closesAt"]', '2090-01-01T20:00')
  t.is(await page.inputValue('[name="amount-0"]'), '55000', 'what was typed stays in another language')
  await submit()
  await showsText(page, '.outcome', '등록했습니다: another-1')
  t.like((await admin.get('/v1/shows/another-1')).body, { sale: 'open', prices: { all: 55_000 } })
  await page.click('.outcome a')
  await showsText(page, '#sale', '판매 중')
})

pageTest(
  'categories that the page does not know become rows once the server misses them',
  async (_, visit) => {
    const plan = oneHall({ name: 'Elsewhere', rows: 1, seatsPerRow: 1 })
    await admin.post('/v1/admin/venues', { id: 'elsewhere', name: 'Elsewhere', plan })
    const page = await visit({ hash: '#/new/show' })
    allowConsole(page)
    await page.selectOption('[name="concertId"]', 'demo')
    for (const [name, value] of [
      ['id', 'elsewhere-1'],
      ['venueId', 'elsewhere'],
      ['opensAt', '2020-01-01T00:00'],
      ['closesAt', '2090-01-01T20:00'],
      ['startsAt', '2090-01-01T20:00'],
      ['category-0', 'a guess'],
      ['amount-0', '1'],
    ] as const)
      await page.fill(`[name="${name}"]`, value)
    await page.click('form button[type="submit"]')
    await showsText(page, '.outcome', "body.prices must have 'all'.")
    await page.waitForSelector('[name="category-1"][value="all"]')
    await page.click('.price-row:first-child button')
    await page.fill('[name="amount-0"]', '700')
    await page.click('form button[type="submit"]')
    await showsText(page, '.outcome', 'elsewhere-1 is there.')
  },
)

test('both languages say everything', (t) => {
  const shapeOf = (words: unknown): unknown =>
    typeof words === 'object' && words !== null && !Array.isArray(words)
      ? Object.fromEntries(Object.entries(words).map(([name, word]) => [name, shapeOf(word)]))
      : typeof words
  t.deepEqual(shapeOf(languages.ko), shapeOf(languages.en))
})

type Words = Record<
  'sales' | 'parked' | 'refundTitle' | 'newConcert' | 'newVenue' | 'newShow' | 'nowhere',
  string
>
const places: readonly [string, (words: Words) => string][] = [
  ['#/', ({ sales }) => sales],
  ['#/show/demo-2', () => 'demo-2'],
  ['#/parked', ({ parked }) => parked],
  ['#/refund', ({ refundTitle }) => refundTitle],
  ['#/new/concert', ({ newConcert }) => newConcert],
  ['#/new/venue', ({ newVenue }) => newVenue],
  ['#/new/show', ({ newShow }) => newShow],
  ['#/nope', ({ nowhere }) => nowhere],
]

for (const [what, given] of [
  ['in the dark, in English', {}],
  [
    'in the light, in Korean, on a telephone',
    { theme: 'light', language: 'ko', viewport: { width: 360, height: 740 } },
  ],
] as readonly [string, Visit][])
  pageTest(`axe finds nothing, and nothing runs out of the page, ${what}`, async (t, visit) => {
    const page = await visit(given)
    await page.evaluate(axe)
    const look = async (place: string) => {
      const { violations } = await page.evaluate<AxeResults>('axe.run()')
      const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])
      t.deepEqual(found, [], place)
      t.false(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), place)
    }
    for (const [place, titleOf] of places) {
      await page.evaluate(`location.assign('${place}')`)
      await showsText(page, 'h1:focus', titleOf(languages[given.language ?? 'en']))
      await page.waitForSelector('.card:visible, main > a')
      await look(place)
    }
    await page.evaluate("location.assign('#/new/show')")
    await page.click('form button[type="submit"]')
    await page.waitForSelector('[name="id"][aria-invalid]:focus')
    await look('what is missing')
    await page.evaluate("location.assign('#/show/demo-2')")
    await page.click('summary')
    await page.click('#pause-sale')
    await look('the confirmation')
    await page.keyboard.press('Escape')
    await page.click('#log-out')
    await page.waitForSelector('#token')
    await look('the login')
  })

pageTest('shows that do not fit on a page are on the next', async (t, visit) => {
  const shows = new RoomShows(stage.server, admin)
  for (let number = 10; number < 30; number++) await shows.make(`paged-${number}`)
  const last = `a[href="#/show/${await shows.make('z-last')}"]`
  const page = await visit()
  await page.locator('.cards > li').nth(19).waitFor()
  t.is(await page.locator(last).count(), 0)
  await page.click('.pages a:has-text("Next page")')
  await page.waitForSelector(last)
  await page.click('.pages a:has-text("First page")')
  await page.waitForSelector('a[href="#/show/demo-1"]')
})
