// Answers and announcements in one process: the contracts, and what the embedded ones promise besides.
import test from 'ava'
import { EmbeddedAnnouncer } from '../../adapters/broker/embedded-announcer.ts'
import { EmbeddedAnswers } from '../../adapters/broker/embedded-answers.ts'
import { systemClock } from '../../adapters/clock/system.ts'
import type { Announcement } from '../../engine/ports.ts'
import { announcerContract } from '../contract/announcer.ts'
import { answersContract } from '../contract/answers.ts'
import { HandClock } from '../support/hand-clock.ts'

answersContract('embedded answers', async () => ({
  answers: new EmbeddedAnswers('this-server', systemClock),
  another: { server: 'an-earlier-run' },
}))

announcerContract('embedded announcer', async () => {
  const announcer = new EmbeddedAnnouncer()
  return {
    announcer,
    listen: async (patterns, heard) => {
      for (const pattern of patterns) announcer.listen(pattern, heard)
    },
  }
})

test("embedded answers: the clock's time ends a wait, and no other", async (t) => {
  const clock = new HandClock(0)
  const answers = new EmbeddedAnswers('this-server', clock)
  const ended: string[] = []
  const waits = ['late', 'early'].map((commandId) =>
    answers.wait(commandId, commandId === 'late' ? 2_000 : 1_000).then(() => ended.push(commandId)),
  )
  clock.advance(999)
  await systemClock.sleep(5)
  t.deepEqual(ended, [])
  clock.advance(1)
  await waits[1]
  t.deepEqual(ended, ['early'])
  clock.advance(1_000)
  await waits[0]
  t.deepEqual(ended, ['early', 'late'])
})

test('embedded answers: who was answered leaves no timer behind', async (t) => {
  const clock = new HandClock(0)
  const answers = new EmbeddedAnswers('this-server', clock)
  const waiting = answers.wait('c1', 10_000)
  t.is(clock.sleepers, 1)
  const answer = { commandId: 'c1', subjectId: 'r1', type: 'pay', state: 'paid', details: {} }
  await answers.send('this-server', [{ ...answer, fingerprint: 'body', outcome: 'accepted', code: null }])
  await waiting
  await systemClock.sleep(0)
  t.is(clock.sleepers, 0)
})

const announcement: Announcement = { id: '1', topic: 'show.paused', showId: 'show-1', payload: '{}' }

test('embedded announcer: nobody hears within the call, so that nobody can fail it', async (t) => {
  const announcer = new EmbeddedAnnouncer()
  const heard: string[] = []
  announcer.listen('show.*', ({ id }) => void heard.push(id))
  const announcing = announcer.announce([announcement])
  t.deepEqual(heard, [])
  await announcing
  t.deepEqual(heard, ['1'])
})

test('embedded announcer: who stopped listening hears nothing', async (t) => {
  const announcer = new EmbeddedAnnouncer()
  const heard: string[] = []
  const stop = announcer.listen('show.*', ({ id }) => void heard.push(id))
  await announcer.announce([announcement])
  stop()
  await announcer.announce([announcement])
  t.deepEqual(heard, ['1'])
})
