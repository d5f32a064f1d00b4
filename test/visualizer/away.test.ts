// The visualizer while its server is away for a moment: what failed is done once it is back, without a reload.
import type { ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { chartOf } from '../../machines/chart.ts'
import { reservationV1 } from '../../machines/reservation.ts'
import { until } from '../support/until.ts'
import { showsText, stageVisits } from '../support/visits.ts'
import { type Way, wayTo } from '../support/way.ts'

const { stage, pageTest, hold } = stageVisits('demo-1')
const isAway = 'The server does not answer.'

type Visiting = Parameters<Parameters<typeof pageTest>[1]>[1]

async function visitAcross(
  t: ExecutionContext,
  visit: Visiting,
  hash = '#/reservation/1',
): Promise<{ page: Page; way: Way }> {
  const way = await wayTo(t, stage.address)
  const page = await visit({ address: `http://127.0.0.1:${way.port}`, hash })
  // The browser itself notes in its console that the server was not there.
  page.removeAllListeners('console')
  return { page, way }
}

async function cut(page: Page, way: Way): Promise<void> {
  way.close()
  await page.waitForSelector('.dot:not(.on)')
}

pageTest('a language that is chosen while the server is away is spoken once it is back', async (t, visit) => {
  const { page, way } = await visitAcross(t, visit)
  await cut(page, way)
  await page.click('#language')
  await showsText(page, '[role="alert"]', '서버가 응답하지 않습니다.')
  way.heal()
  await page.waitForSelector('.dot.on')
  await showsText(page, '.brand', '상태 시각화')
})

pageTest(
  'a reservation that is opened while the server is away is there once it is back',
  async (t, visit) => {
    const { id } = await hold('away-way', 'B-1-1')
    const { page, way } = await visitAcross(t, visit)
    await cut(page, way)
    await page.fill('#search', id)
    await page.keyboard.press('Enter')
    await showsText(page, '.panel', isAway)
    way.heal()
    await page.waitForSelector('.step[aria-current="step"]')
    t.is(await page.getByText(isAway).count(), 0)
  },
)

pageTest(
  'a state that is opened while the server is away lists who is in it once it is back',
  async (t, visit) => {
    const { id } = await hold('away-list', 'B-1-2')
    const { page, way } = await visitAcross(t, visit)
    await cut(page, way)
    await page.click('[data-state="held"]')
    await showsText(page, '.panel', isAway)
    way.heal()
    await page.locator('.person', { hasText: id }).waitFor()
    t.is(await page.getByText(isAway).count(), 0)
  },
)

pageTest(
  'refusals that are unfolded while the server is away are there once it is back',
  async (t, visit) => {
    const { page, way } = await visitAcross(t, visit)
    await cut(page, way)
    const asked = page.waitForEvent('requestfailed', (request) => request.url().includes('/drawing'))
    await page.click('#refusals')
    await asked
    way.heal()
    await page.waitForSelector('#refusals[aria-pressed="true"]')
    const { branches } = chartOf(reservationV1)
    t.is(await page.locator('[data-branch]').count(), branches.length)
  },
)

pageTest('what is taken away while the server is away comes once it is back', async (t, visit) => {
  const { page, way } = await visitAcross(t, visit)
  await cut(page, way)
  const asked = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/mermaid'))
  await page.click('#take-mermaid')
  await asked
  const [download] = await Promise.all([page.waitForEvent('download'), way.heal()])
  t.is(download.suggestedFilename(), 'reservation-1.mmd')
})

pageTest(
  'a comparison that is left while the server is away gives way to the chart once it is back',
  async (t, visit) => {
    const { page, way } = await visitAcross(t, visit, '#/reservation/1/compare')
    const chart = chartOf(reservationV1)
    const candidate = { ...chart, states: [...chart.states, { name: 'lost', isEnd: true }] }
    await page.setInputFiles('#candidate', {
      name: 'candidate.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(candidate)),
    })
    await page.waitForSelector('.state[data-mark="added"]')
    await cut(page, way)
    await page.click('.close')
    await page.waitForSelector('body:not(.has-panel)')
    way.heal()
    await until(async () => (await page.locator('.state').count()) === chart.states.length)
    t.is(await page.locator('[data-mark]').count(), 0)
  },
)
