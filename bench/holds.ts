// `npm run bench -- holds`: from POST to a committed hold, Holdfast and its peers in one go. Options: --seconds of a turn,
// --rounds, --connections, --pools (of the databases' connections) and --servers to choose the best of, --peers.
import { contest } from './contest.ts'
import { holding } from './journeys.ts'

export const run = (options: readonly string[]): Promise<void> => contest('holds', 'holds', holding, options)
