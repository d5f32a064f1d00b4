// `npm run bench -- paid`: from POST to a paid reservation, two requests, Holdfast and its peers in one go. Options as of
// holds.
import { contest } from './contest.ts'

export const run = (options: readonly string[]): Promise<void> =>
  contest(
    'paid',
    'paid',
    (contender) => ({
      success: 'paid',
      async journey(connection, index) {
        const held = await connection.send(contender.hold(index))
        if (String(held.status) !== contender.success) return String(held.status)
        const paid = await connection.send(contender.pay(index, held.body))
        return paid.status === 200 ? 'paid' : `payment ${paid.status}`
      },
    }),
    options,
  )
