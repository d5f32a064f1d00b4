// What the scripts of a waiting room reply with, as the engine reads it.
import type { LotteryState, Place, RoomView } from '../../engine/waiting-room-ports.ts'

export type Missing = 'missing'

export type PlaceReply = [
  number: number,
  lot: number,
  state: Place['state'],
  sessionEndsAt: number | null,
  ...unknown[],
]
/** Of many, one after another; null in each part of none. */
export type PlacesReply = (PlaceReply[number] | null)[]

export type RoomReply = [
  incarnation: string,
  serving: number,
  issued: number,
  isPaused: string,
  admittedPerSecond: string,
  estimateSpread: string,
  lottery: LotteryState,
  crowdThrough: number | null,
  gone: number,
  hasOpened: 0 | 1,
]

export const inGroupsOf = <Item>(size: number, items: readonly Item[]): Item[][] =>
  Array.from({ length: items.length / size }, (_, index) => items.slice(size * index, size * (index + 1)))

export const placeOf = ([number, lot, state, sessionEndsAt]: PlaceReply): Place => ({
  number,
  lot,
  state,
  sessionEndsAt,
})

export function viewOf([
  incarnation,
  serving,
  issued,
  isPaused,
  admittedPerSecond,
  estimateSpread,
  lottery,
  crowdThrough,
  gone,
  hasOpened,
]: RoomReply): RoomView {
  return {
    incarnation: Number(incarnation),
    serving,
    issued,
    isPaused: isPaused === '1',
    lottery,
    crowdThrough,
    gone,
    hasOpened: hasOpened === 1,
    admittedPerSecond: Number(admittedPerSecond),
    estimateSpread: Number(estimateSpread),
  }
}
