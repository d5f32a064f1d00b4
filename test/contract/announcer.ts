// What every adapter of the announcer must do: a topic exchange, in order, that keeps nothing for nobody.
import test, { type ExecutionContext } from 'ava'
import type { Announcement, Announcer } from '../../engine/ports.ts'

export interface AnnouncerUnderTest {
  readonly announcer: Announcer
  /** A listener bound with all of these patterns hears from here on. */
  listen(patterns: readonly string[], heard: (announcement: Announcement) => void): Promise<void>
}

export type AnnouncerSetUp = (t: ExecutionContext) => Promise<AnnouncerUnderTest>

const announcement = (topic: string): Announcement => ({
  id: `id of ${topic}`,
  topic,
  showId: 'show-1',
  payload: JSON.stringify({ topic, name: 'Zoë' }),
})

const topics = ['reservation.held', 'reservation.paid', 'show.paused', 'reservation', 'reservation.held.late']

export function announcerContract(adapter: string, setUp: AnnouncerSetUp): void {
  /** What a listener with this pattern hears of all topics, announced in order. */
  const heardWith = async (t: ExecutionContext, pattern: string): Promise<readonly Announcement[]> => {
    const { announcer, listen } = await setUp(t)
    const heard: Announcement[] = []
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    await listen([pattern, 'end'], (each) => (each.topic === 'end' ? end() : heard.push(each)))
    await announcer.announce(topics.map(announcement))
    await announcer.announce([announcement('end')])
    await ended
    return heard
  }

  for (const [pattern, expected] of [
    ['#', topics],
    ['reservation.held', ['reservation.held']],
    ['reservation.*', ['reservation.held', 'reservation.paid']],
    ['reservation.#', ['reservation.held', 'reservation.paid', 'reservation', 'reservation.held.late']],
    ['*.paused', ['show.paused']],
    ['#.late', ['reservation.held.late']],
    ['*', ['reservation']],
    ['reserv*', []],
  ] as const)
    test(`${adapter}: who listens for ${pattern} hears ${expected.join(', ') || 'nothing'}, in order`, async (t) => {
      t.timeout(10_000)
      t.deepEqual(await heardWith(t, pattern), expected.map(announcement))
    })

  test(`${adapter}: what nobody listens for is dropped`, async (t) => {
    t.timeout(10_000)
    const { announcer, listen } = await setUp(t)
    await announcer.announce([announcement('before')])
    const { promise: first, resolve } = Promise.withResolvers<Announcement>()
    await listen(['#'], resolve)
    await announcer.announce([])
    await announcer.announce([announcement('after')])
    t.deepEqual(await first, announcement('after'))
  })
}
