// A hold whose seat is missing on the master can't be ended. Whoever puts the row back must see it end: what the owner of the
// partition remembered of the show is the reason until then, and no command comes by that would make it forget.
import test from 'ava'
import Sqlite from 'better-sqlite3'
import { asItem, hallOnSale } from '../support/hall-on-sale.ts'

test('a hold that could not be ended ends once its seat is back, without a restart', async (t) => {
  const { decide, file, reservationOf, reserve, time } = await hallOnSale(t, ['show'])
  const rows = new Sqlite(file)
  t.teardown(() => rows.close())
  const ofAnn = "show_id = 'show' AND seat_id = 'hall-1-1'"

  await decide(asItem(reserve('ann', 'show', 'hall-1-1')))
  const seat = rows.prepare(`SELECT * FROM taken_seats WHERE ${ofAnn}`).get() as object
  rows.prepare(`DELETE FROM taken_seats WHERE ${ofAnn}`).run()
  // Several at once: now the show is remembered, as it is without the row.
  await decide(asItem(reserve('ben', 'show', 'hall-1-2')), asItem(reserve('cem', 'show', 'hall-1-3')))
  time.now += 60_000
  const end = () => decide({ kind: 'wake', delivery: 2, until: time.now, only: reservationOf('ann', 'show') })
  await t.throwsAsync(end, { name: 'BrokenInvariant' })
  const names = Object.keys(seat)
  const put = `INSERT INTO taken_seats (${names.join()}) VALUES (${names.map((name) => `@${name}`).join()})`
  rows.prepare(put).run(seat)
  const { entries } = await end()
  t.deepEqual(
    entries.map(({ to }) => to),
    ['expired'],
  )
})
