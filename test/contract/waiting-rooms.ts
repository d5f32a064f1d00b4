// What every adapter of the waiting room's fast store must do: issue each number once, keep one place a person, begin what
// it is told to begin, and own up to what it has lost.
import { letsIn } from './waiting-rooms/inlet.ts'
import { keepsTheLine } from './waiting-rooms/line.ts'
import { ownsUpToLosses } from './waiting-rooms/losses.ts'
import { behaviourOf, type WaitingRoomsSetUp } from './waiting-rooms/stage.ts'

export type { WaitingRoomsUnderTest } from './waiting-rooms/stage.ts'

export function waitingRoomsContract(adapter: string, setUp: WaitingRoomsSetUp): void {
  const behaviour = behaviourOf(adapter, setUp)
  for (const part of [keepsTheLine, letsIn, ownsUpToLosses]) part(behaviour)
}
