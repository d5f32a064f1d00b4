// What every adapter of the answers must do: wake who waits, keep nothing for who does not.
import test, { type ExecutionContext } from 'ava'
import type { Answer, Answers } from '../../engine/ports.ts'

export interface AnswersUnderTest {
  readonly answers: Answers
  /** The name of another server, and what it hears where there can be one. */
  readonly another: { readonly server: string; readonly answers?: Answers }
}

export type AnswersSetUp = (t: ExecutionContext) => Promise<AnswersUnderTest>

const answer = (commandId: string, state = 'held'): Answer => ({
  commandId,
  fingerprint: 'body',
  subjectId: 'reservation-1',
  type: 'reserve',
  outcome: 'accepted',
  code: null,
  state,
  details: { seats: ['A1', 'Ä2'], amount: 12_500 },
})

const longMs = 20_000
const shortMs = 30

export function answersContract(adapter: string, setUp: AnswersSetUp): void {
  const behaviour = (
    sentence: string,
    run: (t: ExecutionContext, given: AnswersUnderTest) => Promise<void>,
  ) =>
    test(`${adapter}: ${sentence}`, async (t) => {
      t.timeout(10_000)
      await run(t, await setUp(t))
    })

  behaviour('who waits gets the answer, whole', async (t, { answers }) => {
    const waiting = answers.wait('c1', longMs)
    await answers.send(answers.server, [answer('c1')])
    t.deepEqual(await waiting, answer('c1'))
  })

  behaviour('of many answers each goes to who waits for it', async (t, { answers }) => {
    const commandIds = Array.from({ length: 50 }, (_, index) => `c${index}`)
    const waiting = commandIds.map((commandId) => answers.wait(commandId, longMs))
    await answers.send(answers.server, [answer('nobody'), ...commandIds.map((id) => answer(id)).reverse()])
    t.deepEqual(
      await Promise.all(waiting),
      commandIds.map((id) => answer(id)),
    )
  })

  behaviour('a request and its repeat both get the answer', async (t, { answers }) => {
    const waiting = [answers.wait('c1', longMs), answers.wait('c1', longMs)]
    await answers.send(answers.server, [answer('c1')])
    t.deepEqual(await Promise.all(waiting), [answer('c1'), answer('c1')])
  })

  behaviour('a lost answer is null after the time that was given', async (t, { answers }) => {
    const patient = answers.wait('c1', longMs)
    const begin = performance.now()
    t.is(await answers.wait('c1', shortMs), null)
    t.true(performance.now() - begin >= shortMs - 1)
    await answers.send(answers.server, [answer('c1')])
    t.deepEqual(await patient, answer('c1'), 'who waits longer still gets it')
  })

  behaviour('the wait counts from its call: what is sent right after it is heard', async (t, { answers }) => {
    const waiting = answers.wait('c1', longMs)
    const sending = answers.send(answers.server, [answer('c1')])
    t.deepEqual(await waiting, answer('c1'))
    await sending
  })

  behaviour('an answer is not kept for who comes later', async (t, { answers }) => {
    const heard = answers.wait('c2', longMs)
    await answers.send(answers.server, [answer('c1'), answer('c2')])
    await heard
    t.is(await answers.wait('c1', shortMs), null)
    t.is(await answers.wait('c2', shortMs), null)
  })

  behaviour('an answer for another server is not heard here', async (t, { answers, another }) => {
    const here = answers.wait('c1', longMs)
    const there = another.answers?.wait('c1', longMs)
    await answers.send(another.server, [answer('c1', 'there')])
    if (there) t.is((await there)?.state, 'there')
    await answers.send(answers.server, [answer('c1', 'here')])
    t.is((await here)?.state, 'here')
  })
}
