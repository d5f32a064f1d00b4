// What people ask for that they cannot have: shows and seats that are not there, what belongs to somebody else, a place in
// a line where there is none. The door turns all of it away.
import { HoldfastError } from '../../engine/errors.ts'
import type { Sale } from './buyer.ts'
import type { Client } from './client.ts'

const nowhere = 'nowhere'

type Request = (client: Client, sale: Sale) => Promise<unknown>

const requests: readonly Request[] = [
  (client, { hall }) => reserve(client, nowhere, hall.seatIds.slice(0, 1)),
  (client, { shows, hall }) =>
    reserve(client, client.random.pick(shows).id, [...hall.seatIds.slice(0, 1), 'no such seat']),
  (client, { paid }) => cancelOfSomebodyElse(client, paid.at(-1)),
  (client) => join(client, nowhere),
  (client, { shows }) => join(client, client.random.pick(shows.filter((show) => !show.hasWaitingRoom)).id),
]

export const askInVain = (client: Client, sale: Sale): Promise<unknown> =>
  client.random.pick(requests)(client, sale)

function reserve(client: Client, showId: string, seatIds: string[]): Promise<unknown> {
  const { userId } = client
  const idempotencyKey = client.newKey()
  const asked = { idempotencyKey, type: 'reserve', target: showId, showId, body: JSON.stringify({ seatIds }) }
  return client.command(asked, ({ intake }, waitMs) =>
    intake.reserve({ userId, idempotencyKey, waitMs, showId, wish: { seatIds } }),
  )
}

async function cancelOfSomebodyElse(client: Client, paid: Sale['paid'][number] | undefined): Promise<void> {
  if (paid === undefined || paid.userId === client.userId) return
  const { userId } = client
  const { showId, reservationId } = paid
  const idempotencyKey = client.newKey()
  const asked = { idempotencyKey, type: 'cancel', target: reservationId, showId, body: '' }
  await client.command(asked, ({ intake }, waitMs) =>
    intake.command({ userId, idempotencyKey, waitMs, type: 'cancel', reservationId, showId }),
  )
}

/** Whoever answers at all must say why. */
async function join(client: Client, showId: string): Promise<void> {
  const { userId } = client
  const told = await client.find(({ waitingRoom }) =>
    waitingRoom.join(showId, userId).then(
      () => 'a place',
      (error) => {
        if (error instanceof HoldfastError && error.code !== 'unavailable') return error.code
        throw error
      },
    ),
  )
  if (told !== null && !['not_found', 'no_waiting_room'].includes(told))
    throw new Error(`${userId} asked for a place in no line, and was told of ${told}`)
}
