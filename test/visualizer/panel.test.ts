// What stands beside the chart, and what it says.
import { chartOf } from '../../machines/chart.ts'
import { reservationV1 } from '../../machines/reservation.ts'
import { showsText, stageVisits } from '../support/visits.ts'

const { pageTest } = stageVisits('demo-1')
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
