// `npm run bench -- paid`: from POST to a paid reservation, two requests, Holdfast and its peers in one go.
import { contest } from './contest.ts'
import { buying } from './journeys.ts'

export const run = (options: readonly string[]): Promise<void> => contest('paid', 'paid', buying, options)
