// The visualizer in a real browser, against a server that sells.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { chartOf } from '../../machines/chart.ts'
import { registry } from '../../machines/registry.ts'
import { reservationV1 } from '../../machines/reservation.ts'
import { giveBack } from '../support/given-back.ts'
import { until } from '../support/until.ts'
import { showsText, stageVisits, textOf, type Visit } from '../support/visits.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const chart = chartOf(reservationV1)
const showId = 'demo-1'

const { stage, pageTest, hold } = stageVisits(showId)

const countOf = (state: string) => `[data-state="${state}"] .count`

pageTest('every state, branch, guard and effect of every machine is on the page', async (t, visit) => {
  for (const { name, version, machine } of registry) {
    const page = await visit({ hash: `#/${name}/${version}` })
    await page.click('#refusals')
    const { states, branches } = chartOf(machine)
    await page
      .locator('[data-branch]')
      .nth(branches.length - 1)
      .waitFor()
    t.is(await page.locator('[data-branch]').count(), branches.length)
    for (const state of states) {
      t.is(await textOf(page, `[data-state="${state.name}"] .name`), state.name)
      t.is(await page.locator(`[data-state="${state.name}"].end`).count(), state.isEnd ? 1 : 0)
    }
    for (const [place, { from, to, event, rule, code, effects }] of branches.entries()) {
      const shown = (await textOf(page, `[data-branch="${place}"]`)) ?? ''
      t.true(shown.startsWith(event), `${shown} begins with ${event}`)
      for (const part of [rule?.name, code, ...effects.filter((effect) => !/refuse|announce/.test(effect))])
        t.true(part == null || shown.includes(part), `${shown} has ${part}`)
      if (from === to && code !== null) continue
      t.is(await page.locator(`.edge[data-from="${from}"][data-to="${to}"] .arrow`).count(), 1)
    }
  }
})

pageTest('the numbers move while a sale runs, and come to what is there', async (t, visit) => {
  const page = await visit()
  const before = Number(await textOf(page, countOf('held')))
  const holds = await Promise.all([1, 2, 3].map((n) => hold(`live-${n}`, `B-1-${n}`)))
  await showsText(page, countOf('held'), String(before + 3))
  await holds[0]?.buyer.post('/v1/balance/charges', { amount: 900_000 })
  await holds[0]?.buyer.post(`/v1/reservations/${holds[0].id}/payment`)
  await showsText(page, countOf('held'), String(before + 2))
  t.true(Number(await textOf(page, countOf('paid'))) >= 1)
})

pageTest('from a state to who is there, and to the way of one, step by step', async (t, visit) => {
  const { buyer, id } = await hold('way', 'B-2-1')
  await buyer.post(`/v1/reservations/${id}/payment`)
  await buyer.post('/v1/balance/charges', { amount: 900_000 })
  await buyer.post(`/v1/reservations/${id}/payment`)

  const page = await visit()
  await page.focus('[data-state="paid"]')
  await page.keyboard.press('Enter')
  await page.locator('.person', { hasText: id }).click()
  await page.waitForSelector('.step[aria-current="step"]')
  t.is(await page.locator('.step').count(), 3)
  t.true(await page.locator('[data-state="paid"].here').isVisible())

  await page.keyboard.press('ArrowLeft')
  await showsText(page, '.walk', 'Step 2 of 3')
  t.true(await page.locator('[data-state="held"].here').isVisible())
  t.false(await page.locator('[data-state="paid"].visited').isVisible())
  await showsText(page, '.detail', 'balanceCoversAmount')
  await showsText(page, '.detail [data-holds="false"]', 'the balance was too small')
  t.is(
    page.url(),
    `${stage.address}/visualizer#/reservation/1/of/${encodeURIComponent(id)}/2`,
    'each step has a link',
  )
  const token = await page.evaluate<string>("sessionStorage.getItem('holdfast.token')")
  t.true(token.length > 20 && !page.url().includes(token))

  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await showsText(page, '.walk', 'before anything was decided')
  t.true(await page.locator('[data-state="queued"].here').isVisible())
  await page.keyboard.press('ArrowRight')
  await showsText(page, '.walk', 'Step 1 of 3')
  await showsText(page, '.command', `npm run replay -- show ${id}`)

  const linked = await visit({ hash: `#/reservation/1/of/${encodeURIComponent(id)}/2` })
  await showsText(linked, '.walk', 'Step 2 of 3')

  const refused = chart.branches.findIndex(({ code }) => code === 'insufficient_balance')
  const branch = await visit({ hash: `#/reservation/1/branch/${refused}` })
  await branch.locator('.person', { hasText: id }).waitFor()
  await showsText(branch, '.rule', 'The balance covers the amount.')
})

pageTest('a list says that it lacks the shows that were never paused', async (t, visit) => {
  const admin = await stage.server.as('root', 'admin')
  for (const what of ['pause', 'resume']) await admin.post(`/v1/admin/shows/${showId}/${what}`)
  const page = await visit({ hash: '#/show/1/state/open' })
  await page.locator('.person', { hasText: showId }).waitFor()
  t.true(Number(await textOf(page, countOf('open'))) > (await page.locator('.person').count()))
  await showsText(page, '.panel', 'Those about which nothing was decided yet are counted above')
  await page.evaluate("location.assign('#/show/1/state/paused')")
  await showsText(page, '.panel', 'Nobody.')
  t.false(((await textOf(page, '.panel')) ?? '').includes('Those about which'))
})

pageTest('a chart and a way can be taken away as SVG, Mermaid and JSON', async (t, visit) => {
  const { id } = await hold('taker', 'B-3-1')
  const page = await visit()
  const taken = async (selector: string): Promise<{ name: string; content: string }> => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)])
    return { name: download.suggestedFilename(), content: readFileSync(await download.path(), 'utf8') }
  }
  const picture = await taken('#take-svg')
  t.is(picture.name, 'reservation-1.svg')
  for (const { name } of chart.states) t.true(picture.content.includes(`>${name} </text>`))
  t.regex(picture.content, /<rect[^>]* fill="rgb/, 'styles stand in the picture')
  t.like(await taken('#take-mermaid'), { name: 'reservation-1.mmd' })
  t.deepEqual(JSON.parse((await taken('#take-json')).content).branches, chart.branches)

  await page.fill('#search', id)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.step')
  const way = await taken('.card-body button:has-text("Mermaid")')
  t.regex(way.content, /queued --> held : 1\. reserve/)
  const steps = JSON.parse((await taken('.card-body button:has-text("JSON")')).content)
  t.like(steps.steps[0], { event: 'reserve', from: 'queued', to: 'held' })
})

pageTest(
  'a candidate is drawn with what it adds, drops and changes, and its names stay text',
  async (t, visit) => {
    const page = await visit({ hash: '#/reservation/1/compare' })
    const markup = '<img src=x onerror="window.broken = 1">'
    const branches = chart.branches
      .filter(({ rule }) => rule?.name !== 'hasExtensionLeft')
      .map((branch) =>
        branch.rule?.name === 'isRefundable'
          ? { ...branch, rule: { name: 'isRefundableToday', mustHold: false } }
          : branch,
      )
    const candidate = {
      ...chart,
      states: [...chart.states, { name: markup, isEnd: true }],
      sources: { ...chart.sources, isBeforeDeadline: '() => true' },
      branches: [
        ...branches,
        {
          from: 'paid',
          event: markup,
          to: markup,
          rule: { name: markup, mustHold: true },
          code: null,
          effects: [markup],
        },
      ],
    }
    await page.setInputFiles('#candidate', {
      name: 'candidate.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(candidate)),
    })
    await page.waitForSelector('.state[data-mark="added"]')
    t.is(await textOf(page, '.state[data-mark="added"] .name'), markup)
    await showsText(page, '.comparison', '2 added')
    await showsText(page, '.comparison', '1 removed')
    await showsText(page, '.comparison', '2 changed')
    await showsText(page, '.comparison [data-mark="changed"]', 'isBeforeDeadline')
    t.is(await page.locator('img[src="x"]').count(), 0)
    t.is(await page.evaluate('window.broken'), undefined)

    await page.setInputFiles('#candidate', {
      name: 'nothing.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{}'),
    })
    await showsText(page, '.card-body', 'This file is not a chart.')
  },
)

pageTest('who stays held longer than 99 of 100 stands out, and leads to the way', async (t, visit) => {
  const { id } = await hold('slow', 'B-5-1')
  await giveBack(stage.server, showId, 100)
  const page = await visit()
  await page.click('button.overdue')
  const person = page.locator('.panel .person', { hasText: id })
  await person.waitFor()
  await person.click()
  await page.waitForSelector('.step[aria-current="step"]')
  t.true(page.url().includes(encodeURIComponent(id)))
})

pageTest("the page's title is in the page's language", async (t, visit) => {
  const page = await visit({ language: 'ko' })
  t.is(await page.title(), 'Holdfast: 상태 시각화')
  await page.click('#language')
  await page.waitForSelector('html[lang="en"]')
  t.is(await page.title(), 'Holdfast: State visualizer')
})

pageTest('two versions can be compared on a telephone', async (t, visit) => {
  const page = await visit({ viewport: { width: 390, height: 844 } })
  await page.click('#compare')
  await page.waitForSelector('#candidate', { state: 'attached' })
  t.false(await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
})

pageTest('who is overdue stands out', async (_, visit) => {
  const page = await visit()
  await page.click('button.overdue')
  await showsText(page, '.panel h2', 'Overdue')
  for (const title of ['Past the deadline', 'Waiting longer than 99 %', 'Parked', 'Sent again'])
    await showsText(page, '.panel h3', title)
})

pageTest(
  'a page in the background closes its stream, and is live again once it is seen',
  async (_, visit) => {
    const page = await visit()
    const isWatched = async (count: number) => {
      const { body } = await stage.server.send({ url: '/metrics' })
      return String(body).includes(`\nhttp_open_streams ${count}\n`)
    }
    await until(() => isWatched(1))
    const turn = (isHidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))`)
    await turn(true)
    await until(() => isWatched(0))
    await turn(false)
    await until(() => isWatched(1))
    await page.waitForSelector('.dot.on')
  },
)

pageTest('who has no token is asked for one, and it never stands in an address', async (t, visit) => {
  const page = await visit({ isLoggedIn: false })
  await page.waitForSelector('#token')
  await page.click('#try-out')
  await page.waitForSelector('.dot.on')
  t.is(new URL(page.url()).search, '')

  const buyer = await visit({ isLoggedIn: false })
  const { authorization } = await stage.server.as('ann')
  await buyer.fill('#token', authorization)
  // The browser itself notes in its console that a request was refused.
  buyer.removeAllListeners('console')
  await buyer.keyboard.press('Enter')
  await showsText(buyer, '[role="alert"]', 'This token has no right to look here.')
})

pageTest('an address of no machine leads to those that are there', async (t, visit) => {
  const page = await visit({ hash: '#/nope/9', isLoggedIn: false })
  await page.click('#try-out')
  await showsText(page, 'h1', 'There is no machine nope@9.')
  await page.evaluate(axe)
  t.deepEqual((await page.evaluate<AxeResults>('axe.run()')).violations, [])
  await page.click('a:has-text("reservation@1")')
  await page.waitForSelector('.dot.on')
  t.true(page.url().endsWith('#/reservation/1'))

  await page.evaluate("location.assign('#/reservation')")
  await page.waitForURL(({ hash }) => hash === '#/reservation/1')
  await page.waitForSelector('.dot.on')

  await page.evaluate("location.assign('#/reservation/7')")
  await showsText(page, 'h1', 'There is no machine reservation@7.')
  await page.goBack()
  await page.waitForSelector('.dot.on')
})

pageTest('what is no token is not kept, and the form stays to say so', async (t, visit) => {
  const kept = (page: Page) => page.evaluate("sessionStorage.getItem('holdfast.token')")
  for (const [language, isNone, isNotAccepted] of [
    ['en', 'This is no token:', 'The server does not accept this token, or it has run out.'],
    ['ko', '토큰이 아닙니다.', '서버가 받아들이지 않는 토큰이거나 만료된 토큰입니다.'],
  ] as const) {
    const page = await visit({ isLoggedIn: false, language })
    for (const text of ['토큰.토큰.토큰', 'garbage', 'Bearer']) {
      await page.fill('#token', text)
      await page.keyboard.press('Enter')
      await showsText(page, '[role="alert"]', isNone)
      t.is(await kept(page), null, text)
    }
    // The browser itself notes in its console that a request was refused.
    page.removeAllListeners('console')
    await page.fill('#token', 'never.was.one')
    await page.keyboard.press('Enter')
    await showsText(page, '[role="alert"]', isNotAccepted)
    t.is(await kept(page), null)
    t.true(await page.locator('#token').isVisible())
  }
})

for (const [index, [what, given]] of (
  [
    ['in the dark, in English', {}],
    ['in the light, in Korean', { language: 'ko', theme: 'light' }],
    ['on a telephone', { viewport: { width: 390, height: 844 } }],
  ] as readonly [string, Visit][]
).entries())
  pageTest(`axe finds nothing to complain about ${what}`, async (t, visit) => {
    const { id } = await hold(`axe-${index}`, `B-4-${index + 1}`)
    const places = ['', '/state/held', '/branch/0', `/of/${encodeURIComponent(id)}/1`, '/compare', '/overdue']
    const page = await visit(given)
    await page.evaluate(axe)
    for (const place of places) {
      await page.evaluate(`location.assign('#/reservation/1${place}')`)
      if (place !== '') await page.waitForSelector('.panel .card-body')
      const { violations } = await page.evaluate<AxeResults>('axe.run()')
      const found = violations.map(({ id: rule, nodes }) => [
        rule,
        nodes.map(({ html }) => html.slice(0, 160)),
      ])
      t.deepEqual(found, [], place)
    }
    const isWiderThanSeen = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
    t.false(isWiderThanSeen)
  })
