// What stands beside the chart: what opens it, what it says, and where the keyboard is before and after.
import type { Page } from 'playwright-core'
import { chartOf } from '../../machines/chart.ts'
import { reservationV1 } from '../../machines/reservation.ts'
import { showsText, stageVisits, type Visit } from '../support/visits.ts'

const showId = 'demo-1'
const { stage, pageTest, hold } = stageVisits(showId)
const chart = chartOf(reservationV1)

const goTo = (page: Page, hash: string) => page.evaluate(`location.assign('${hash}')`)

/** Once that has the keyboard which has this state, branch or id. */
const hasKeyboard = (page: Page, name: string) =>
  page.waitForFunction(`(({ dataset: { state, branch }, id, localName }) =>
    state ?? branch ?? (id || localName))(document.activeElement) === '${name}'`)

for (const [what, given] of [
  ['', {}],
  [' on a telephone', { viewport: { width: 390, height: 844 } }],
] as readonly [string, Visit][])
  pageTest(`a way that is opened from far down a list begins at its top${what}`, async (t, visit) => {
    const seats = Array.from({ length: 12 }, (_, n) => `B-${what === '' ? 1 : 2}-${n + 1}`)
    await Promise.all(seats.map((seat) => hold(`far-${seat}`, seat)))
    const page = await visit({ ...given, hash: '#/reservation/1/state/held' })
    await page.locator('.person').nth(11).click()
    await page.waitForSelector('.step[aria-current="step"]')
    t.is(await page.evaluate("document.querySelector('.panel').scrollTop"), 0)
    const [title, panel] = await Promise.all(
      ['#panel-title', '.panel'].map((selector) => page.locator(selector).boundingBox()),
    )
    t.true(title != null && panel != null && title.y >= panel.y && title.y + title.height < 844)
    await hasKeyboard(page, 'panel-title')
  })

pageTest(
  'a candidate of which only a rule judges otherwise is not without a difference',
  async (t, visit) => {
    const page = await visit({ hash: '#/reservation/1/compare' })
    const compareWith = (sources: Record<string, string>) =>
      page.setInputFiles('#candidate', {
        name: 'candidate.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify({ ...chart, sources })),
      })
    await compareWith({ ...chart.sources, isWithinSeatLimit: '() => true' })
    await showsText(page, '.comparison', 'Rules that judge otherwise')
    await showsText(page, '.comparison .chip', '1 changed')
    t.is(await page.getByText('There is no difference.').count(), 0)
    await compareWith(chart.sources)
    await showsText(page, '.comparison', 'There is no difference.')
    await showsText(page, '.comparison .chip', '0 changed')
  },
)

pageTest('an address that names nothing says so, and one that is put right leads there', async (t, visit) => {
  const page = await visit({ hash: '#/%' })
  t.is(await page.locator('.tab[aria-current="page"]').count(), 1)
  const nowhere = ['of/%E0%A4%A', 'state/nope', 'branch/999', 'branch/x', 'nope']
  for (const place of nowhere) {
    await goTo(page, `#/reservation/1/${place}`)
    await showsText(page, '.panel [role="alert"]', 'The address names nothing on this chart.')
    await page.reload()
    await showsText(page, '.panel [role="alert"]', 'The address names nothing on this chart.')
    await goTo(page, '#/reservation/1/state/held')
    await showsText(page, '.panel h2', 'held')
  }
  await goTo(page, '#/reservation/1')
  await page.waitForSelector('body:not(.has-panel)')
})

pageTest('what is searched for is shown on the chart that decided it', async (t, visit) => {
  const { id } = await hold('elsewhere', 'B-3-1')
  const admin = await stage.server.as('root', 'admin')
  for (const what of ['pause', 'resume']) await admin.post(`/v1/admin/shows/${showId}/${what}`)
  const page = await visit({ hash: '#/show/1' })
  const search = async (text: string) => {
    await page.fill('#search', text)
    await page.keyboard.press('Enter')
  }
  await search(id)
  await showsText(page, '.tab[aria-current="page"]', 'reservation')
  await page.waitForSelector('.step[aria-current="step"]')
  t.true(page.url().endsWith(`#/reservation/1/of/${encodeURIComponent(id)}`))
  t.is(await page.getByText('which this chart does not show').count(), 0)
  await search(showId)
  await showsText(page, '.tab[aria-current="page"]', 'show')
  await page.waitForSelector('.step[aria-current="step"]')
})

pageTest('what can be no id is told how one looks', async (_, visit) => {
  const page = await visit()
  // The browser itself notes in its console that a request was refused.
  page.removeAllListeners('console')
  await page.fill('#search', 'ü?#/')
  await page.keyboard.press('Enter')
  await showsText(page, '.panel [role="alert"]', 'Nothing was decided about ü?#/.')
  await showsText(page, '.panel [role="alert"]', 'The id of a reservation has three parts')
})

pageTest('the command that plays a way again is copied, or selected where it cannot be', async (t, visit) => {
  const { id } = await hold('copier', 'B-3-2')
  const page = await visit({ hash: `#/reservation/1/of/${encodeURIComponent(id)}` })
  const command = `npm run replay -- show ${id}`
  const withClipboard = (value: string) =>
    page.evaluate(`Object.defineProperty(navigator, 'clipboard', { value: ${value}, configurable: true })`)
  const button = page.locator('.command button')
  await button.waitFor()
  t.is((await button.textContent())?.trim(), 'Copy command')
  for (const none of ['undefined', '{ writeText: async () => { throw new Error() } }']) {
    await withClipboard(none)
    await page.evaluate('getSelection().removeAllRanges()')
    await button.click()
    await showsText(page, '.command button', 'Could not be copied')
    t.is(await page.evaluate('String(getSelection())'), command)
    await showsText(page, '.command button', 'Copy command')
  }
  await withClipboard('{ writeText: async (text) => { window.copied = text } }')
  await button.click()
  await showsText(page, '.command button', 'Copied')
  t.is(await page.evaluate('window.copied'), command)
})

pageTest('what opened the panel has the keyboard again once it is closed', async (_, visit) => {
  await hold('keys', 'B-3-3')
  const page = await visit()
  const press = async (selector: string) => {
    await page.focus(selector)
    await page.keyboard.press('Enter')
  }
  await page.evaluate('document.querySelector(\'[data-state="held"]\').id = "narrow"')
  await press('#narrow')
  await page.waitForSelector('#narrow', { state: 'detached' })
  await press('.person')
  await page.waitForSelector('.step[aria-current="step"]')
  await hasKeyboard(page, 'panel-title')
  await page.evaluate('document.querySelector(\'[data-state="held"]\').id = "wide"')
  await page.keyboard.press('Escape')
  // The chart is drawn anew where the panel was.
  await page.waitForSelector('#wide', { state: 'detached' })
  await hasKeyboard(page, 'held')

  await press('#compare')
  await page.waitForSelector('#candidate', { state: 'attached' })
  await page.keyboard.press('Escape')
  await page.waitForSelector('body:not(.has-panel)')
  await hasKeyboard(page, 'compare')

  const linked = await visit({ hash: '#/reservation/1/state/held' })
  await linked.waitForSelector('.person')
  await linked.keyboard.press('Escape')
  await linked.waitForSelector('body:not(.has-panel)')
  await hasKeyboard(linked, 'chart')
})

pageTest(
  'who logs in has the keyboard on the chart, and who changes the language still on that',
  async (_, visit) => {
    const page = await visit({ isLoggedIn: false })
    await page.waitForSelector('#token')
    await hasKeyboard(page, 'token')
    await page.focus('#try-out')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.dot.on')
    await hasKeyboard(page, 'chart')
    await page.focus('#language')
    await page.keyboard.press('Enter')
    await showsText(page, '#language', 'English')
    await hasKeyboard(page, 'language')
  },
)
