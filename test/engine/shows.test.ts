import test from 'ava'
import { stadiumPlan } from '../../bench/stadium.ts'
import type { Catalogue, Show } from '../../engine/ports.ts'
import { Shows } from '../../engine/shows.ts'

const plan = stadiumPlan(100)
const showIn = (venueId: string, id: string) =>
  ({ id, venueId, prices: { Standard: 1_000 } }) as unknown as Show

/** Counts what is read, and fails as often as it is told to. */
function catalogueOf(shows: readonly Show[], failures = 0) {
  const read: string[] = []
  const catalogue: Pick<Catalogue, 'show' | 'plan'> = {
    async show(id) {
      read.push(id)
      return shows.find((show) => show.id === id) ?? null
    },
    async plan(venueId) {
      read.push(venueId)
      if (failures-- > 0) throw new Error('the master is away')
      return plan
    },
  }
  return { read, shows: new Shows(catalogue as Catalogue) }
}

test('shows in one hall share its plan, which is read once however many ask at once', async (t) => {
  const { read, shows } = catalogueOf([showIn('hall', 'one'), showIn('hall', 'two'), showIn('barn', 'three')])
  const [one, again, two, three] = await Promise.all(
    ['one', 'one', 'two', 'three'].map((id) => shows.find(id)),
  )
  t.is(one, again)
  t.is(one?.index, two?.index)
  t.is(one?.seats, two?.seats)
  t.not(one?.index, three?.index)
  t.deepEqual(read.toSorted(), ['barn', 'hall', 'one', 'three', 'two'])
})

test('a show that is not there, and a plan that could not be read, are asked for again', async (t) => {
  const { read, shows } = catalogueOf([showIn('hall', 'one')], 1)
  t.is(await shows.find('none'), null)
  t.is(await shows.find('none'), null)
  await t.throwsAsync(shows.find('one'), { message: 'the master is away' })
  t.is((await shows.find('one'))?.priceOf((await shows.find('one'))?.plan.seats[0]?.id ?? ''), 1_000)
  t.deepEqual(read, ['none', 'none', 'one', 'hall', 'one', 'hall'])
})
