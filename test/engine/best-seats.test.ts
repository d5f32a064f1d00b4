// Which seats somebody gets who lets Holdfast choose, where the owner of the show remembers what is taken.
import test from 'ava'
import type { Command } from '../../engine/command.ts'
import { openEntry } from '../../engine/journal.ts'
import { ShowMemory } from '../../engine/show-memory.ts'
import { makeHall } from '../simulation/hall.ts'
import { Random } from '../simulation/random.ts'
import { commandOf, decideAll, masterWithSale, showId } from '../support/one-partition.ts'

const of = (buyer: string) => ({
  ...commandOf(buyer, 'cancel'),
  userId: buyer,
  subjectId: `${showId}.${buyer}.1`,
})

const named = (buyer: string, seatIds: string[]): Command => ({
  ...of(buyer),
  type: 'reserve',
  seatIds,
})
const chosen = (buyer: string, count: number): Command => ({
  ...of(buyer),
  type: 'reserve',
  bestAvailable: { count },
})
const cancel = (buyer: string): Command => ({ ...of(buyer), id: `${buyer} cancels`, type: 'cancel' })

/** What is remembered of a show was forgotten while a batch of it was loaded: others needed the room, or had trouble. */
class Forgetful extends ShowMemory {
  override freeSeats(): null {
    return null
  }
}

for (const [memory, which] of [
  [new ShowMemory(), ''],
  [new Forgetful(), ', though they were just forgotten'],
] as const)
  test(`in a hall that is sold out the seats that the same batch gives back are found, and those of the one before${which}`, async (t) => {
    const master = await masterWithSale()
    const { seatIds } = makeHall(new Random(1))
    const fours = Array.from({ length: Math.ceil(seatIds.length / 4) }, (_, four) =>
      seatIds.slice(4 * four, 4 * four + 4),
    )
    const messages = [
      fours.map((seats, four) => named(`buyer-${four}`, seats)),
      [chosen('nobody', 2)],
      [cancel('buyer-0'), chosen('ann', 2), chosen('ben', 2), chosen('too late', 2)],
      [cancel('buyer-1')],
      [chosen('cid', 4)],
    ]
    await decideAll(master, messages, memory)
    const decided = master.tables.journal.map(openEntry).slice(fours.length)
    t.deepEqual(
      decided.map(({ userId, code }) => [userId, code]),
      [
        ['nobody', 'seats_taken'],
        ...['buyer-0', 'ann', 'ben'].map((buyer) => [buyer, null]),
        ['too late', 'seats_taken'],
        ...['buyer-1', 'cid'].map((buyer) => [buyer, null]),
      ],
    )
    const seatsOf = (...buyers: readonly string[]) =>
      decided
        .filter(({ userId }) => buyers.includes(userId))
        .flatMap(({ effects }) => effects.filter(({ type }) => type === 'assignSeats'))
        .flatMap(({ params }) => (params.seats as { id: string }[]).map(({ id }) => id))
    t.deepEqual(seatsOf('ann', 'ben').sort(), fours[0])
    t.deepEqual(seatsOf('cid'), fours[1])
  })
