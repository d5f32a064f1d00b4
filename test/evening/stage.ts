// Where an evening is played: a native stack of its own, and one show on sale behind a waiting room.
import { stadiumPlan } from '../../bench/stadium.ts'
import hall from '../../data/riethsporthalle.seating-plan.json' with { type: 'json' }
import { StackStage, type StartedStack, startOwnStack } from '../support/stack-stage.ts'

export const showId = 'evening'

export interface EveningStageOptions {
  /** The seats of the hall, or of a stadium of that size. */
  readonly seats: number
  readonly seed: number
  readonly holdTtlMs: number
  /** How many are let in each second, and how many are inside at most. */
  readonly room: { readonly ratePerSecond: number; readonly admittedMax: number }
}

export class EveningStage extends StackStage {
  readonly seatIds: readonly string[]

  constructor(started: StartedStack, seed: number, seatIds: readonly string[]) {
    super(started, seed)
    this.seatIds = seatIds
  }
}

export async function setEveningStage(options: EveningStageOptions): Promise<EveningStage> {
  const { seats, seed, holdTtlMs, room } = options
  const plan = seats === 1_222 ? hall : stadiumPlan(seats)
  const seatIds = plan.zones.flatMap(({ rows }) =>
    rows.flatMap((row) => row.seats.map((seat) => seat.seat_guid)),
  )
  const stage = new EveningStage(await startOwnStack({ HOLD_TTL: `${holdTtlMs}ms` }), seed, seatIds)
  try {
    await stage.openShow({ showId, plan, room })
    return stage
  } catch (error) {
    await stage.stop()
    throw error
  }
}
