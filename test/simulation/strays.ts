// What reaches the partitions' queues beside the servers' own commands: rubbish, commands that no rule foresees, and
// well-formed ones that no door would have let through in that state.
import { type Command, encodeCommands } from '../../engine/command.ts'
import { beginning } from './process-clock.ts'
import type { Random } from './random.ts'
import type { Services } from './server.ts'
import type { Kind } from './strikes.ts'

export type StrayKind = Extract<Kind, `${string} published`>

export async function publishStray(
  kind: StrayKind,
  services: Services,
  random: Random,
  nowMs: number,
): Promise<void> {
  const { broker, master } = services
  const { tables } = master
  const head = random.pick([...tables.shows.values()])
  const all = [...tables.reservations.values()].filter(({ showId }) => showId === head.showId)
  const fields = {
    ...{ id: `stray-${nowMs}`, showId: head.showId, fingerprint: 'none' },
    acceptedAt: Math.floor(beginning + nowMs),
  }
  const put = (...commands: object[]) =>
    broker.publish(head.partition, encodeCommands(commands as readonly Command[]))

  switch (kind) {
    case 'rubbish published':
      return broker.publish(head.partition, Buffer.from(`{"v":1,"rubbish":${random.next()}}`))
    case 'unreadable command published':
      return put({ ...fields, type: 'pay', subjectId: 7 })
    case 'unknown show published':
      return put({ ...fields, type: 'pause', showId: 'nowhere', subjectId: 'nowhere', userId: 'stranger' })
    case 'poison published': {
      // Somebody pays for a stranger's reservation, or for a show.
      const subjectId = all.length > 0 && random.chance(0.7) ? random.pick(all).id : head.showId
      return put({ ...fields, type: 'pay', subjectId, userId: 'stranger' })
    }
    case 'strange command published': {
      const type = random.pick(['reserve', 'pay', 'extend', 'cancel', 'refund'])
      const known = all.length > 0 && random.chance(0.8) ? random.pick(all) : null
      const { id: subjectId, userId } = known ?? { id: `${head.showId}.never.was`, userId: 'stranger' }
      const wish = type === 'reserve' ? { bestAvailable: { count: 1 } } : {}
      return put({ ...fields, type, subjectId, userId, ...(known || type !== 'reserve' ? wish : {}) })
    }
  }
}
