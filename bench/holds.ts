// `npm run bench -- holds`: from POST to a committed hold, Holdfast and its peers in one go. Options: --seconds of a turn,
// --rounds, --connections and --pools (of the databases' connections) to choose the best of, --peers.
import { contest } from './contest.ts'

export const run = (options: readonly string[]): Promise<void> =>
  contest(
    'holds',
    'holds',
    (contender) => ({
      success: contender.success,
      journey: async (connection, index) => String((await connection.send(contender.hold(index))).status),
    }),
    options,
  )
