// `npm run bench -- holds`: from POST to a committed hold, Holdfast and its peers in one go.
import { contest } from './contest.ts'
import { holding } from './journeys.ts'

export const run = (options: readonly string[]): Promise<void> => contest('holds', 'holds', holding, options)
