// More shows of like names than any page has.
import test from 'ava'
import { asItem, hallOnSale } from '../support/hall-on-sale.ts'
import { replayed } from './command-line.ts'

test('the revenue of each of many shows is compared with what was decided about it', async (t) => {
  t.timeout(60_000)
  const showIds = Array.from({ length: 70 }, (_, index) => `tour-${index + 1}`)
  const { decide, file, master, pay, reserve, time } = await hallOnSale(t, showIds)
  await master.keepCurrency('KRW')
  await master.charge({ id: 'charge', userId: 'ann', amount: 1_000_000, at: time.now })
  for (const showId of showIds)
    await decide(asItem(reserve('ann', showId, 'hall-1-1')), asItem(pay('ann', showId)))
  const { code, data } = await replayed('verify', '--from', file)
  t.is(code, 0, JSON.stringify(data.differences))
  t.is(Object.keys(data.shows).length, showIds.length)
})
