// The tallies of all servers, in one hash on Redis: one call a second to tell, one to read them all.
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { PartitionTally, Tallies } from '../../engine/ports.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { messageReader } from '../redis/message.ts'
import { answered, loadScript } from '../redis/script.ts'

const Count = Type.Number()
const readTally = messageReader(
  Compile(
    Type.Object({
      partition: Count,
      epoch: Count,
      at: Count,
      since: Count,
      isWhole: Type.Boolean(),
      machines: Type.Record(
        Type.String(),
        Type.Object({
          states: Type.Record(Type.String(), Count),
          flows: Type.Record(
            Type.String(),
            Type.Object({ total: Count, lastMinute: Count, perSecond: Count }),
          ),
          durations: Type.Record(Type.String(), Type.Record(Type.String(), Count)),
        }),
      ),
      waitingMessages: Type.Union([Count, Type.Null()]),
      commandsPerMessage: Count,
      retriesLastMinute: Count,
    }),
  ),
)

export function redisTallies({ commands, key }: RedisConnection): Tallies {
  const tellScript = loadScript(commands, new URL('./redis-tell.lua', import.meta.url))
  const name = key('tallies')

  return {
    async tell(tallies) {
      await tellScript(
        [name],
        tallies.flatMap((tally) => [tally.partition, tally.epoch, JSON.stringify(tally)]),
      )
    },

    async read() {
      const stored = await answered(commands.hvals(name))
      return stored.flatMap((text) => {
        const tally = readTally(text.slice(text.indexOf(' ') + 1))
        return tally === null ? [] : [tally as PartitionTally]
      })
    },
  }
}
