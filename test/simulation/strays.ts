// What reaches the partitions' queues beside the servers' own commands: rubbish, commands that no rule foresees, and
// well-formed ones that no door would have let through in that state.
import { type Command, encodeCommands } from '../../engine/command.ts'
import { limits } from '../../engine/limits.ts'
import type { ReservationRow } from '../../engine/ports.ts'
import { beginning } from './process-clock.ts'
import type { Random } from './random.ts'
import type { Services } from './server.ts'
import type { Kind } from './strikes.ts'

/** More than one transaction decides. */
const floodMessages = 5

const oneSeat = { bestAvailable: { count: 1 } }

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
  const inState = Map.groupBy(all, ({ state }) => state)
  /** One in each state, however few are in it, and one that never was. */
  const oneOfEach = [
    ...[...inState.values()].map((alike) => random.pick(alike)),
    { id: `${head.showId}.never.was`, userId: 'stranger', state: 'unborn' },
  ]
  const fields = {
    id: `stray-${nowMs}`,
    showId: head.showId,
    fingerprint: 'none',
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
      // Somebody pays for a stranger's reservation or for a show, or pauses a reservation.
      return put(
        { ...fields, id: `${fields.id}-show`, type: 'pay', subjectId: head.showId, userId: 'stranger' },
        ...oneOfEach.map(({ id: subjectId }, index) => ({
          ...fields,
          id: `${fields.id}-${index}`,
          type: random.chance(0.8) ? 'pay' : 'pause',
          subjectId,
          userId: 'stranger',
        })),
      )
    }
    case 'strange command published':
      return put(
        ...oneOfEach.map(({ id: subjectId, userId, state }, index) => {
          const type = random.pick(['reserve', 'pay', 'extend', 'cancel', 'refund'])
          // Nobody comes by a hold that way, since what would make a new one has lain somewhere for too long.
          const isOld = (type === 'reserve' && state === 'unborn') || random.chance(0.1)
          const acceptedAt = fields.acceptedAt - (isOld ? 2 * limits.commandAgeMaxMs : 0)
          const wish = type === 'reserve' ? oneSeat : {}
          return { ...fields, id: `${fields.id}-${index}`, type, subjectId, userId, acceptedAt, ...wish }
        }),
      )
    case 'unstorable command published': {
      // No column of the master has room for its time: it can be decided, and neither written nor parked as a decision.
      const acceptedAt = 2 ** 70
      const subjectId = `${head.showId}.unstorable.${Math.floor(nowMs)}`
      // Sent again it comes by a hold: only where nobody has to be let in for one.
      if (master.catalogue.shows.get(head.showId)?.hasWaitingRoom) return
      return put({ ...fields, ...oneSeat, type: 'reserve', subjectId, userId: 'stranger', acceptedAt })
    }
    case 'flood published':
      for (let message = 0; message < floodMessages; message++)
        await put(
          ...Array.from({ length: limits.messageCommandsMax }, (_, number) => ({
            ...fields,
            id: `flood-${nowMs}-${message}-${number}`,
            type: 'cancel',
            userId: 'stranger',
            subjectId: `${head.showId}.never.was`,
          })),
        )
  }
}

/** As its buyer might send it, by whatever way. */
export function publishCancel(
  { id: subjectId, showId, userId }: Pick<ReservationRow, 'id' | 'showId' | 'userId'>,
  { broker, master }: Services,
  nowMs: number,
): Promise<void> {
  const acceptedAt = Math.floor(beginning + nowMs)
  const command = { id: `cancel-${nowMs}`, type: 'cancel' as const, showId, subjectId, userId, acceptedAt }
  const partition = master.tables.shows.get(showId)?.partition ?? 0
  return broker.publish(partition, encodeCommands([{ ...command, fingerprint: 'none' }]))
}
