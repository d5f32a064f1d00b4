// What stands beside the chart, and what it says.
import { chartOf } from '../../machines/chart.ts'
import { reservationV1 } from '../../machines/reservation.ts'
import { showsText, stageVisits } from '../support/visits.ts'

const { pageTest, hold } = stageVisits('demo-1')
const chart = chartOf(reservationV1)

pageTest(
  'a candidate of which only a rule judges otherwise is not without a difference',
  async (t, visit) => {
    const page = await visit({ hash: '#/reservation/1/compare' })
    const compareWith = (sources: Record<string, string>) =>
      page.setInputFiles('#candidate', {
        ...{ name: 'candidate.json', mimeType: 'application/json' },
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
