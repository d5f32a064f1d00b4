// Markup in names, and who is told what to do with it: wherever somebody's text comes to a page it is text there, and if it
// were not, the page's policy would let nothing of it run.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'

/** As much as names of people and seats may be. */
const markup = '<img/src=x/onerror=window.broken=1>'
const showId = 'marked-1'
const pageFolders = ['visualizer/page', 'web/common', 'web/buyer', 'web/admin'].map((folder) =>
  join(import.meta.dirname, '../..', folder),
)
const wayToDocuments = /(?:src|href)="\.?\/?([^"#]+)"/g

let server: EmbeddedServer
let address: string
let browser: Browser
test.before(async () => {
  server = await startEmbedded()
  address = await server.app.listen({ port: 0 })
  browser = await openBrowser()
})
test.after.always(async () => {
  await browser?.close()
  await server?.stop()
})

test('names with markup are text in the visualizer, in the way of a reservation, and beside what is parked', async (t) => {
  const { id } = await holdMarkedSeat()
  await park(id)
  const page = await visit()
  for (const hash of [
    '#/reservation/1/state/held',
    `#/reservation/1/of/${id}/1`,
    '#/reservation/1/overdue',
  ]) {
    await page.goto(`${address}/visualizer${hash}`)
    await page.getByText(markup).first().waitFor()
    t.is(await page.locator('img[src="x"]').count(), 0, hash)
    t.is(await page.evaluate('window.broken'), undefined, hash)
  }
})

test('the policy of every page that is served lets no inline script run, and what it brings along none either', async (t) => {
  for (const path of ['/', '/admin', '/visualizer', '/docs']) {
    const page = await fetch(`${address}${path}`)
    const policy = page.headers.get('content-security-policy') ?? ''
    t.regex(policy, /(^|; ?)(script-src|default-src) 'self'/, path)
    t.regex(policy, /script-src-attr 'none'/, path)
    t.notRegex(policy, /(script|default)-src[^;]*(unsafe|\*|data:|https?:)/, path)
    const html = await page.text()
    t.notRegex(html, /<script(?![^>]*\ssrc=)|\son\w+=|javascript:/i, path)
    for (const [, source = ''] of html.matchAll(wayToDocuments)) {
      const part = await fetch(new URL(source, `${address}${path === '/docs' ? '/docs/' : '/'}`))
      t.is(part.headers.get('x-content-type-options'), 'nosniff', source)
    }
  }
  const page = await visit()
  await page.evaluate(
    "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.broken = 1\">')",
  )
  await page.locator('img[src="x"]').waitFor({ state: 'attached' })
  // In one call: what polls has its condition evaluated later, which the policy forbids as well.
  await page.evaluate(
    "new Promise((done) => { const image = document.querySelector('img[src=x]'); image.complete ? done() : image.addEventListener('error', done) })",
  )
  t.is(await page.evaluate('window.broken'), undefined, 'the policy is what the browser keeps')
})

test('no page reads markup', (t) => {
  const readsMarkup =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|setHTML|\beval\(|new Function/
  for (const folder of pageFolders)
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.js')))
      t.notRegex(readFileSync(join(folder, name), 'utf8'), readsMarkup, name)
})

test('an error is never a page, whoever asks and whatever for', async (t) => {
  const script = '<script>alert(1)</script>'
  const accept = { accept: 'text/html' }
  const requests: [url: string, options?: RequestInit][] = [
    [`/${encodeURIComponent(script)}`],
    [`/v1/shows/${encodeURIComponent(script)}`],
    [`/v1/shows/demo-1/seats?section=${encodeURIComponent(script)}`],
    [`/docs/${encodeURIComponent(script)}`],
    [`/visualizer/${encodeURIComponent(script)}`],
    ['/v1/dev/login', { method: 'POST', body: script, headers: { ...accept, 'content-type': 'text/html' } }],
    [
      '/v1/dev/login',
      { method: 'POST', body: `{"${script}`, headers: { ...accept, 'content-type': 'application/json' } },
    ],
  ]
  for (const [url, options] of requests) {
    const answer = await fetch(`${address}${url}`, { headers: accept, ...options })
    t.true(answer.status >= 400 && answer.status < 500, `${url}: ${answer.status}`)
    t.regex(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, url)
    t.is(answer.headers.get('x-content-type-options'), 'nosniff', url)
    t.false((await answer.text()).includes(script), url)
  }
})

async function visit(): Promise<Page> {
  const { authorization } = await server.as('developer', 'developer')
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.addInitScript(
    (token) => sessionStorage.setItem('holdfast.token', token),
    authorization.slice('Bearer '.length),
  )
  await page.goto(`${address}/visualizer`)
  await page.waitForSelector('.dot.on')
  return page
}

/** Everything about it has a name that would be markup: seat, section, category, hall, concert and buyer. */
async function holdMarkedSeat(): Promise<{ id: string }> {
  const admin = await server.as('root', 'admin')
  const seat = { seat_guid: markup, seat_number: markup, category: markup, position: { x: 0, y: 0 } }
  const rows = [{ row_number: markup, seats: [seat] }]
  const plan = {
    name: markup,
    size: { width: 100, height: 100 },
    categories: [{ name: markup }],
    zones: [{ name: markup, zone_id: markup, position: { x: 0, y: 0 }, rows }],
  }
  await admin.post('/v1/admin/venues', { id: 'marked', name: markup, plan })
  await admin.post('/v1/admin/concerts', { id: 'marked', name: markup, description: markup })
  await admin.post('/v1/admin/shows', {
    id: showId,
    concertId: 'marked',
    venueId: 'marked',
    prices: { [markup]: 500 },
    startsAt: '2030-05-01T20:00:00Z',
    opensAt: '2020-01-01T00:00:00Z',
    closesAt: '2030-05-01T18:00:00Z',
  })
  const buyer = await server.as(markup)
  const { body } = await buyer.post('/v1/reservations', { showId, seatIds: [markup] })
  return body
}

function park(subjectId: string): Promise<void> {
  const command = {
    id: 'marked-command',
    type: 'cancel',
    showId,
    subjectId,
    userId: markup,
    fingerprint: 'none',
    acceptedAt: 1,
  }
  const parked = { id: 'marked-command', showId, reason: `it failed: ${markup}`, at: 1 }
  return server.parts.master.park([{ ...parked, body: Buffer.from(JSON.stringify(command)) }])
}
