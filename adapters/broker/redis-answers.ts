// Answers between servers: one channel `answers:<server>` each, one message for all that a batch decided for it.
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { errorCodes } from '../../engine/errors.ts'
import type { Answer, Answers, Clock } from '../../engine/ports.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { messageReader } from '../redis/message.ts'
import { answered } from '../redis/script.ts'
import { EmbeddedAnswers } from './embedded-answers.ts'

const readAnswers = messageReader(
  Compile(
    Type.Array(
      Type.Object({
        commandId: Type.String(),
        fingerprint: Type.String(),
        subjectId: Type.String(),
        type: Type.String(),
        outcome: Type.Enum(['accepted', 'refused', 'parked']),
        code: Type.Union([Type.Enum(Object.keys(errorCodes)), Type.Null()]),
        state: Type.String(),
        details: Type.Record(Type.String(), Type.Unknown()),
      }),
    ),
  ),
)

export class RedisAnswers implements Answers {
  readonly server: string
  readonly #connection: RedisConnection
  /** Who waits in this process, wherever the answer comes from. */
  readonly #here: EmbeddedAnswers

  constructor(connection: RedisConnection, server: string, clock: Clock) {
    this.server = server
    this.#connection = connection
    this.#here = new EmbeddedAnswers(server, clock)
    connection.subscriptions.open(channelOf(connection, server), {
      hear: (message) => void this.#here.send(server, (readAnswers(message) ?? []) as Answer[]),
      // Who missed an answer reads the journal.
      joining: () => {},
    })
  }

  /** One's own take no way round. */
  async send(server: string, answers: readonly Answer[]): Promise<void> {
    if (server === this.server) return this.#here.send(server, answers)
    await sendAnswers(this.#connection, server, answers)
  }

  wait(commandId: string, timeoutMs: number): Promise<Answer | null> {
    return this.#here.wait(commandId, timeoutMs)
  }
}

/** To another server; whoever waits there hears it. */
export async function sendAnswers(
  connection: RedisConnection,
  server: string,
  answers: readonly Answer[],
): Promise<void> {
  await answered(connection.commands.publish(channelOf(connection, server), JSON.stringify(answers)))
}

const channelOf = (connection: RedisConnection, server: string): string => connection.key(`answers:${server}`)
