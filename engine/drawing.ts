// The draw, when a sale opens: the crowd is closed and written to the master, which then gives the seed out; whoever waits
// is given the lot that follows. Each step may be done again by the next leader, and comes to the same.
import { createHash } from 'node:crypto'
import { crowdLine, crowdMax } from './draw.ts'
import { assert } from './failures.ts'
import { limits } from './limits.ts'
import type { DrawnLots } from './lots.ts'
import type { OpenRooms } from './open-rooms.ts'
import type { Show } from './ports.ts'
import type {
  ClosedCrowd,
  Drawn,
  InletPolicy,
  Turn,
  WaitingRoomLedger,
  WaitingRooms,
} from './waiting-room-ports.ts'

export interface DrawingParts {
  readonly openRooms: OpenRooms
  readonly rooms: WaitingRooms
  readonly ledger: WaitingRoomLedger
  readonly lots: DrawnLots
}

export interface DrawingLeader {
  readonly generation: number
  readonly policy: InletPolicy
  readonly now: number
  /** Called now and then; rejects when another leads. */
  goOn(): Promise<void>
}

/**
 * Once for a generation: what is left undone is drawn under another one.
 * @returns false where the policy has changed meanwhile
 * @throws {FencedOut} when a later generation leads
 */
export async function drawByLot(parts: DrawingParts, show: Show, leader: DrawingLeader): Promise<boolean> {
  const { openRooms, rooms, lots } = parts
  const drawn = (await parts.ledger.draw(show.id))?.drawn ?? (await freeze(parts, show, leader))
  if (drawn === null) return false
  await openRooms.ask(show, () => rooms.beginDealing(show.id, drawn.crowd.through))
  const lotOf = await lots.of(show.id)
  for await (const turns of crowdOf(parts, show, leader)) {
    const dealt = turns.map((turn) => ({ ...turn, lot: lotOf[turn.number] ?? turn.number }))
    await openRooms.ask(show, () => rooms.deal(show.id, dealt))
  }
  await openRooms.ask(show, () => rooms.endDealing(show.id))
  return true
}

async function freeze(parts: DrawingParts, show: Show, leader: DrawingLeader): Promise<Drawn | null> {
  const { openRooms, rooms, ledger } = parts
  const { generation, policy, now } = leader
  const { through } = await openRooms.ask(show, () => rooms.closeCrowd(show.id))
  assert(through <= crowdMax, `a crowd of ${through} can be drawn`)
  const digest = createHash('sha256')
  let members = 0
  for await (const turns of crowdOf(parts, show, leader)) {
    await ledger.writeCrowd(show.id, generation, turns)
    for (const { number, userId } of turns) digest.update(crowdLine(number, userId))
    members += turns.length
  }
  const crowd: ClosedCrowd = { through, members, digest: digest.digest('hex') }
  const draw = await ledger.freeze({ showId: show.id, generation, policy, crowd, now })
  return draw?.drawn ?? null
}

/** Who waits without a lot, by number. */
async function* crowdOf(
  { openRooms, rooms }: DrawingParts,
  show: Show,
  { goOn }: DrawingLeader,
): AsyncGenerator<readonly Turn[]> {
  for (let after = 0; ; ) {
    await goOn()
    const turns = await openRooms.ask(show, () => rooms.crowd(show.id, after, limits.crowdPageMax))
    if (turns.length === 0) return
    yield turns
    after = turns.at(-1)?.number ?? after
  }
}
