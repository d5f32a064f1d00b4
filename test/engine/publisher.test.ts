// Commands on their way to the broker: within their time limit from when they were given, or not at all.
import test from 'ava'
import { type Command, decode } from '../../engine/command.ts'
import { HoldfastError } from '../../engine/errors.ts'
import { limits } from '../../engine/limits.ts'
import { TickPublisher } from '../../engine/publisher.ts'
import { HandClock } from '../support/hand-clock.ts'

const { publishTimeoutMs, messagesUnconfirmedMax, messageCommandsMax } = limits

/** A broker that confirms when it is told to. */
function stage() {
  const clock = new HandClock(1_800_000_000_000)
  const sent: { at: number; ids: string[]; confirm(): void }[] = []
  const broker = {
    publish: (_partition: number, message: Buffer) =>
      new Promise<void>((confirm) => {
        const { commands } = decode(message)
        sent.push({ at: clock.now(), ids: commands.map(({ id }) => id), confirm })
      }),
  }
  const publisher = new TickPublisher(broker, clock, 1)
  const publish = (id: string): Promise<unknown> => {
    const acceptedAt = clock.now()
    const command: Command = {
      id,
      type: 'pay',
      showId: 'show-1',
      subjectId: 'show-1.one',
      userId: 'ann',
      fingerprint: 'none',
      acceptedAt,
    }
    return publisher.publish(command).catch((error: unknown) => error)
  }
  /** What was waiting for a turn, or a message's end, goes on. */
  const turn = async () => {
    clock.advance(0)
    for (let count = 0; count < 10; count++) await Promise.resolve()
  }
  return { clock, sent, publish, turn }
}

test('the time that a command waits behind others counts', async (t) => {
  const { clock, sent, publish, turn } = stage()
  for (let count = 0; count < messagesUnconfirmedMax; count++) {
    void publish(`first-${count}`)
    await turn()
  }
  void publish('begins the line')
  await turn()
  const given = clock.now()
  const outcomes = Array.from({ length: 4 * messageCommandsMax }, (_, count) => publish(`late-${count}`))
  clock.advance(publishTimeoutMs - 10)
  for (const { confirm } of sent) confirm()
  await turn()
  clock.advance(publishTimeoutMs - 100)
  await turn()
  for (const { confirm } of sent) confirm()
  await turn()
  const told = await Promise.all(outcomes)
  t.true(told.every((error) => error instanceof HoldfastError && error.code === 'unavailable'))
  t.true(sent.length > messagesUnconfirmedMax, 'some were given to the broker in time')
  t.true(Math.max(...sent.map(({ at }) => at)) < given + publishTimeoutMs)
})

test('a command that was given before the server stood still is not sent after it', async (t) => {
  const { clock, sent, publish, turn } = stage()
  const outcome = publish('before')
  clock.advance(publishTimeoutMs + 1)
  await turn()
  t.like(await outcome, { code: 'unavailable', details: { mayHaveBeenAccepted: false } })
  t.deepEqual(sent, [])
})
