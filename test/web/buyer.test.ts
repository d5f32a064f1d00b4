// The buyer's page in a real browser, against a server that sells.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import test from 'ava'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import type { Client } from '../support/embedded-server.ts'
import { inletOf, join as joinRoom, RoomShows } from '../support/room-shows.ts'
import { until } from '../support/until.ts'
import { bare, showsText, stagePage, textOf, type Visit } from '../support/visits.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const page = (file: string) => import(join(import.meta.dirname, '../../web/buyer', file))
const { languages } = await page('words.js')
const phone = { width: 360, height: 740 }

interface BuyersVisit extends Visit {
  /** Nobody where it is not given. */
  readonly userId?: string
}

/** What a browser writes of an answer that says no, and of a server that is away. */
const isAnswer = (text: string) => text.startsWith('Failed to load resource:')

const { stage, pageTest } = stagePage<BuyersVisit>({
  path: '/',
  tokenPlace: 'holdfast.token.buyer',
  // So long a hold whose time is up is neither payable nor expired: enough to be seen on a busy machine.
  environment: { HOLD_GRACE: '6s' },
  viewport: { width: 1280, height: 900 },
  reducedMotion: 'reduce',
  tokenOf: async (server, { userId }) => (userId === undefined ? null : bare(await server.as(userId))),
  isThere: (page) => page.waitForSelector('h1'),
  isFault: (text) => !isAnswer(text),
})
let admin: Client
let rooms: RoomShows

test.serial.before(async () => {
  admin = await stage.server.as('root', 'admin')
  rooms = new RoomShows(stage.server, admin)
})

const seat = (id: string) => `.seats [data-seat="${id}"]`
const isKind = (id: string, kind: string) => `${seat(id)}[data-kind="${kind}"]`

/** Of the seats on the page, those of the section are watched once they are drawn. */
const openMap = async (of: Page, section: string) => {
  await of.click(`[data-section="${section}"]`)
  await of.waitForSelector('.seats .seat')
}

/** As when somebody goes to another tab, and comes back. */
const setHidden = (of: Page, isHidden: boolean) =>
  of.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} })
    document.dispatchEvent(new Event('visibilitychange'))
  `)

const onlyReservation = async (userId: string) => {
  const { body } = await (await stage.server.as(userId)).get('/v1/reservations')
  return body.items.length === 1 ? body.items[0] : null
}

pageTest('two seats are chosen by clicking, held, and paid', async (t, visit) => {
  const buyer = await visit()
  await buyer.click('a[href="#/show/demo-1"]')
  await openMap(buyer, 'A')
  for (const id of ['A-6-4', 'A-6-5']) {
    await buyer.click(seat(id))
    await buyer.waitForSelector(isKind(id, 'chosen'))
  }
  await buyer.click('#hold')
  await buyer.fill('#who', 'clicker')
  await buyer.keyboard.press('Enter')
  await buyer.click('#charge')
  await buyer.waitForSelector('#pay:focus')
  await buyer.click('#pay')
  await buyer.waitForSelector('.badge[data-state="paid"]')
  t.is(await textOf(buyer, '.state-text'), languages.en.stateTexts.paid)

  t.like(await onlyReservation('clicker'), {
    state: 'paid',
    showId: 'demo-1',
    amount: 176_000,
    seats: [{ id: 'A-6-4' }, { id: 'A-6-5' }],
  })
  await buyer.click('summary')
  await showsText(buyer, '.history', 'Block A row 6 seat 4')
  await buyer.click('nav a[href="#/mine"]')
  await buyer.waitForSelector('.show-card .badge[data-state="paid"]')
})

pageTest('the keyboard alone buys, in Korean, on a phone', async (t, visit) => {
  const buyer = await visit({ language: 'ko', viewport: phone })
  const { keyboard } = buyer
  const go = async (selector: string) => {
    await buyer.waitForSelector(selector)
    for (let tabs = 0; !(await buyer.locator(`${selector}:focus`).count()); tabs++) {
      if (tabs > 60) throw new Error(`${selector} cannot be reached with the tab key`)
      await keyboard.press('Tab')
    }
  }
  const focused = () => buyer.evaluate('document.activeElement.ariaLabel')
  await go('a[href="#/show/demo-1"]')
  await keyboard.press('Enter')
  await buyer.waitForSelector('h1:focus')
  await go('[data-section="B"]')
  await keyboard.press('Enter')
  await buyer.waitForSelector(`${seat('B-1-1')}:focus`)
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowUp']) await keyboard.press(key)
  t.is(await focused(), 'Block B 2열 2번, ₩154,000, 선택 가능')
  await keyboard.press('Space')
  t.is(await focused(), 'Block B 2열 2번, ₩154,000, 선택함')
  t.is(await buyer.locator('.seats [tabindex="0"]').count(), 1, 'the map is one stop')
  await go('#hold')
  await keyboard.press('Enter')
  await buyer.waitForSelector('#who:focus')
  await keyboard.type('keys')
  await keyboard.press('Enter')
  await go('#charge')
  await keyboard.press('Enter')
  await buyer.waitForSelector('#pay:focus')
  await keyboard.press('Enter')
  await showsText(buyer, '.state-text', '결제가 끝났어요.')
  t.like(await onlyReservation('keys'), { state: 'paid', seats: [{ id: 'B-2-2' }] })
  t.false(await buyer.evaluate('document.documentElement.scrollWidth > innerWidth'))
})

pageTest(
  'from the waiting room to a hold; the place outlives a reload, and a look at another tab',
  async (t, visit) => {
    await admin.post(`${inletOf('demo-2')}/pause`)
    const buyer = await visit({ hash: '#/show/demo-2', userId: 'patient' })
    await buyer.click('#join')
    await showsText(buyer, '.room-state', 'Nobody is being let in at the moment')
    t.is(await textOf(buyer, '[data-figure="position"] dd'), '1')
    await buyer.reload()
    await showsText(buyer, '.room-state', 'Nobody is being let in at the moment')
    t.is(await buyer.locator('#hold-best').count(), 0, 'nothing is sold outside')
    t.is(await buyer.title(), '1 · Holdfast live – Holdfast')
    await setHidden(buyer, true)
    await admin.post(`${inletOf('demo-2')}/resume`)
    await until(async () => (await buyer.title()).startsWith('Your turn!'))
    await setHidden(buyer, false)
    await buyer.selectOption('#best-count', '3')
    await buyer.click('#hold-best')
    await buyer.waitForSelector('.badge[data-state="held"]')
    const held = await onlyReservation('patient')
    t.is(held.state, 'held')
    t.is(held.seats.length, 3)
  },
)

pageTest('a lottery is told as one, and the lot once it is drawn', async (t, visit) => {
  const opensAt = new Date(Date.now() + 12_000).toISOString()
  const show = await rooms.make('drawn-on-a-page', { opensAt })
  await rooms.configure(show, { lottery: true, ratePerSecond: 0.1, admittedMax: 1 })
  for (const name of ['first', 'second', 'third']) await joinRoom(await stage.server.as(name), show)
  const buyer = await visit({ hash: `#/show/${show}`, userId: 'fourth' })
  await buyer.click('#join')
  await showsText(buyer, '.room-state', languages.en.room.undrawn)
  t.is(await buyer.locator('[data-figure="position"]').count(), 0)
  await buyer.locator('.room-state', { hasText: languages.en.room.undrawn }).waitFor({ state: 'detached' })
  t.regex((await textOf(buyer, '.room')) ?? '', /You are in the line|It is your turn/)
})

pageTest('whose seat is taken is told so, and offered free ones near by', async (t, visit) => {
  const buyer = await visit({ hash: '#/show/demo-1/C', userId: 'slow' })
  const other = await stage.server.as('fast')
  await buyer.click(seat('C-1-3'))
  await buyer.click(seat('C-1-4'))
  await other.post('/v1/reservations', { showId: 'demo-1', seatIds: ['C-1-3'] })
  await showsText(buyer, '.told', 'Somebody was faster: Block C, row 1, seat 3.')
  await buyer.waitForSelector(isKind('C-1-3', 'held'))
  await buyer.click('.told [data-offer]')
  t.is(await buyer.locator('.choice .chosen li').count(), 2)

  // Now where the page does not know yet, and the server says it.
  await buyer.route('**/seats/stream', (route) => route.abort())
  await buyer.route('**/seats?section=*', (route) => route.abort())
  await buyer.reload()
  await buyer.waitForSelector('.choice .chosen li')
  await other.post('/v1/reservations', { showId: 'demo-1', seatIds: ['C-1-4'] })
  await buyer.click('#hold')
  await showsText(buyer, '.told', 'Somebody was faster: Block C, row 1, seat 4.')
  await buyer.click('.told [data-offer]')
  await buyer.click('#hold')
  await buyer.waitForSelector('.badge[data-state="held"]')
  t.is((await onlyReservation('slow')).seats.length, 2)
})

pageTest('a hold whose answer is lost is one hold all the same', async (t, visit) => {
  const buyer = await visit({ hash: '#/show/demo-1', userId: 'unlucky' })
  const keys: (string | undefined)[] = []
  await buyer.route('**/v1/reservations', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    keys.push(route.request().headers()['idempotency-key'])
    if (keys.length > 2) return route.continue()
    if (keys.length === 2)
      return route.fulfill({ status: 503, headers: { 'retry-after': '3' }, body: '{"code":"overloaded"}' })
    await route.fetch()
    return route.abort()
  })
  await buyer.click('#hold-best')
  await showsText(buyer, '.notice.on', languages.en.away)
  await showsText(buyer, '.notice.on', languages.en.overloaded('3 seconds'))
  await buyer.waitForSelector('.badge[data-state="held"]')
  t.is(await buyer.locator('.notice.on').count(), 0)
  t.is(keys.length, 3)
  t.is(new Set(keys).size, 1)
  t.is((await onlyReservation('unlucky')).seats.length, 2)
})

pageTest('a reload before the answer came loses neither what was held nor the key', async (t, visit) => {
  const buyer = await visit({ hash: '#/show/demo-1/C', userId: 'reloads' })
  const keys: (string | undefined)[] = []
  const decided = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await buyer.route('**/v1/reservations', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    keys.push(route.request().headers()['idempotency-key'])
    if (keys.length > 2) return route.continue()
    await route.fetch()
    decided[keys.length - 1]?.resolve()
  })
  for (const id of ['C-2-3', 'C-2-4']) await buyer.click(seat(id))
  await buyer.click('#hold')
  await decided[0]?.promise
  await buyer.reload()
  await buyer.waitForSelector(isKind('C-2-4', 'mine'))
  t.is(await buyer.locator('.choice .chosen li').count(), 0)
  t.false((await textOf(buyer, '.told'))?.includes('Somebody was faster') ?? false)

  await buyer.click('#hold-best')
  await decided[1]?.promise
  await buyer.reload()
  await buyer.click('#hold-best')
  await buyer.waitForSelector('.badge[data-state="held"]')
  t.is(keys[1], keys[2])
  const { body } = await (await stage.server.as('reloads')).get('/v1/reservations')
  t.is(body.items.length, 2)
})

pageTest('a question goes with the reservation that it is about', async (t, visit) => {
  const buyer = await visit({ hash: '#/show/demo-1', userId: 'hesitates' })
  await buyer.click('#hold-best')
  await buyer.click('#cancel')
  await buyer.waitForSelector('dialog[open]')
  await buyer.evaluate("location.assign('#/mine')")
  await buyer.waitForSelector('dialog', { state: 'detached' })
  t.is((await onlyReservation('hesitates')).state, 'held')
})

pageTest('a hold that expires is told at once', async (t, visit) => {
  await admin.post('/v1/admin/shows', {
    id: 'brief',
    concertId: 'demo',
    venueId: 'riethsporthalle',
    prices: { VIP: 3, 'Kategorie I': 2, 'Kategorie II': 1 },
    hasWaitingRoom: false,
    startsAt: '2090-01-01T00:00:00Z',
    opensAt: '2020-01-01T00:00:00Z',
    closesAt: '2090-01-01T00:00:00Z',
    holdTtlMs: 12_000,
  })
  const buyer = await visit({ hash: '#/show/brief', userId: 'late' })
  await buyer.click('#hold-best')
  await buyer.waitForSelector('.countdown.soon')
  await showsText(buyer, '.state-text', languages.en.timeIsUp)
  t.is(await buyer.locator('#pay').count(), 0)
  await showsText(buyer, '.state-text', languages.en.stateTexts.expired)
  await until(async () => (await onlyReservation('late')).state === 'expired')
})

pageTest('who has to log in again goes on with what was chosen', async (t, visit) => {
  const buyer = await visit({ hash: '#/show/demo-1/D' })
  await buyer.evaluate("sessionStorage.setItem('holdfast.token.buyer', 'run.out.token')")
  await buyer.click(seat('D-14-1'))
  await buyer.click('#hold')
  await showsText(buyer, 'dialog', languages.en.dropped)
  await buyer.fill('#who', 'again')
  await buyer.keyboard.press('Enter')
  await buyer.waitForSelector('dialog', { state: 'detached' })
  await buyer.waitForSelector(isKind('D-14-1', 'chosen'))
  await buyer.click('#hold')
  await buyer.waitForSelector('.badge[data-state="held"]')
  t.like(await onlyReservation('again'), { seats: [{ id: 'D-14-1' }] })
})

pageTest('an outage is told quietly, and over by itself', async (t, visit) => {
  const buyer = await visit({ hash: '#/show/demo-1', userId: 'cut-off' })
  await buyer.context().setOffline(true)
  await buyer.click('nav a[href="#/mine"]')
  await showsText(buyer, '.notice.on', languages.en.away)
  await buyer.context().setOffline(false)
  await showsText(buyer, 'h1', languages.en.mine)
  t.is(await buyer.locator('.notice.on').count(), 0)
})

test('both languages have words for the same', (t) => {
  const keysOf = (words: object, at = ''): string[] =>
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === 'object' ? keysOf(value, `${at}${key}.`) : [`${at}${key}: ${typeof value}`],
    )
  t.deepEqual(keysOf(languages.en), keysOf(languages.ko))
})

for (const [what, given] of [
  ['in the dark', { theme: 'dark' }],
  ['in the light, in Korean, on a phone', { theme: 'light', language: 'ko', viewport: phone }],
] as const)
  pageTest(`axe finds nothing to complain about ${what}`, async (t, visit) => {
    const userId = `axe-${what.length}`
    const { body } = await (await stage.server.as(userId)).post('/v1/reservations', {
      showId: 'demo-1',
      bestAvailable: { count: 1 },
    })
    const places = [
      ['#/', '.show-card'],
      ['#/show/demo-1/B', '.seats .seat'],
      ['#/show/demo-2', '#join'],
      [`#/reservation/${body.id}`, '#charge'],
      ['#/mine', '.show-card .badge'],
    ] as const
    const buyer = await visit({ ...given, userId })
    await buyer.evaluate(axe)
    const look = async (place: string) => {
      const { violations } = await buyer.evaluate<AxeResults>('axe.run()')
      const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])
      t.deepEqual(found, [], place)
    }
    for (const [hash, selector] of places) {
      await buyer.evaluate(`location.assign('${hash}')`)
      await buyer.waitForSelector(`main:not([aria-busy]) ${selector}`)
      await look(hash)
      t.false(await buyer.evaluate('document.documentElement.scrollWidth > innerWidth'), hash)
    }
    await buyer.click('#log-out')
    await buyer.waitForSelector('#who')
    await look('the login')
  })
