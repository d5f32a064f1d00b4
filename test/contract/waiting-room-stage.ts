// A show with a waiting room, the servers that run it, and the people who want to come in: for whatever store and
// master it is set up on.
import test, { type ExecutionContext } from 'ava'
import { Inlet, type InletParts } from '../../engine/inlet.ts'
import { limits } from '../../engine/limits.ts'
import { DrawnLots } from '../../engine/lots.ts'
import { OpenRooms } from '../../engine/open-rooms.ts'
import type { Leases, LookUps, Show, ShowFigures } from '../../engine/ports.ts'
import { QueueTokens } from '../../engine/queue-token.ts'
import { StockGauge } from '../../engine/stock-gauge.ts'
import { WaitingRoom } from '../../engine/waiting-room.ts'
import type { InletSettings, WaitingRoomLedger, WaitingRooms } from '../../engine/waiting-room-ports.ts'
import { Gate } from '../support/gate.ts'
import { HandClock } from '../support/hand-clock.ts'
import { silentLog } from '../support/silent-log.ts'
import type { WaitingRoomsUnderTest } from './waiting-rooms.ts'

export interface WaitingRoomUnderTest {
  readonly store: WaitingRoomsUnderTest
  readonly ledger: WaitingRoomLedger
  readonly leases: Leases
}

export type WaitingRoomSetUp = (t: ExecutionContext) => Promise<WaitingRoomUnderTest>

export const startsAt = 1_800_000_000_000
export const secret = 'a-secret-of-at-least-32-characters'

export const settings: InletSettings = {
  ratePerSecond: 10,
  admittedMax: 1_000,
  sessionTtlMs: 600_000,
  isLottery: false,
  followsStock: false,
}

export type Stage = Awaited<ReturnType<typeof stageOf>>

export type Behaviour = (
  sentence: string,
  run: (t: ExecutionContext, stage: Stage) => Promise<void>,
  show?: Partial<Show>,
) => void

export const stageFor =
  (adapters: string, setUp: WaitingRoomSetUp): Behaviour =>
  (sentence, run, show) =>
    test(`${adapters}: ${sentence}`, async (t) => {
      t.timeout(120_000)
      await run(t, await stageOf(await setUp(t), show))
    })

interface Ports {
  readonly rooms: WaitingRooms
  readonly ledger: WaitingRoomLedger
}

/** The port, and the names of what is asked of it, in order. */
export function watched<Port extends object>(port: Port): { readonly port: Port; readonly asked: string[] } {
  const asked: string[] = []
  const get = (target: Port, name: string | symbol) => {
    const member = Reflect.get(target, name) as (...given: unknown[]) => unknown
    return (...given: unknown[]) => {
      asked.push(String(name))
      return member.apply(target, given)
    }
  }
  return { port: new Proxy(port, { get }), asked }
}

let stages = 0

export async function stageOf({ store, ledger, leases }: WaitingRoomUnderTest, some: Partial<Show> = {}) {
  const clock = new HandClock(startsAt)
  const show: Show = {
    id: `show-${process.pid}-${++stages}`,
    concertId: 'concert',
    venueId: 'venue',
    currency: 'EUR',
    opensAt: startsAt,
    closesAt: startsAt + 24 * 3_600_000,
    holdTtlMs: 480_000,
    seatLimit: 4,
    extensionMs: 0,
    extensionsMax: 0,
    refundableUntil: 0,
    hasWaitingRoom: true,
    prices: {},
    ...some,
  }
  const shows = {
    find: async (showId: string) => (showId === show.id ? { show } : null),
  }
  const { rooms } = store
  const given: Ports = { rooms, ledger }
  const tokens = new QueueTokens([secret])

  /** How the sale of the show stands, for a room that follows its stock. */
  const sale: Pick<ShowFigures, 'reservations' | 'seats'> = {
    reservations: {},
    seats: { free: 1_000, held: 0, sold: 0, blocked: 0 },
  }
  const replica = {
    lookUps: async () => ({ figures: async () => sale as ShowFigures }) as unknown as LookUps,
  }

  /** A server of its own; ports of its inlet may be in trouble, or those of all of it. */
  const serve = (server: string, troubled: Partial<InletParts> = {}, ports: Partial<Ports> = {}) => {
    const { rooms, ledger } = { ...given, ...ports }
    const openRooms = new OpenRooms({ rooms, ledger, shows, clock })
    const lots = new DrawnLots(ledger, clock)
    const stock = new StockGauge({ replica, clock, log: silentLog })
    const parts = { openRooms, rooms, ledger, lots, stock, clock, log: silentLog }
    const inlet = new Inlet({ ...parts, leases, server, ...troubled })
    return { inlet, openRooms, room: new WaitingRoom({ ...parts, tokens, random: () => 0.5 }) }
  }
  const { room, inlet, openRooms } = serve('first')
  const tokenOf = new Map<string, string>()

  const stage = {
    clock,
    show,
    shows,
    store,
    rooms,
    ledger,
    leases,
    tokens,
    serve,
    room,
    inlet,
    openRooms,
    tokenOf,
    sale,

    /** Each joins, one after another; their numbers. */
    async join(...userIds: string[]): Promise<number[]> {
      const numbers: number[] = []
      for (const userId of userIds) {
        const { number, queueToken } = await room.join(show.id, userId)
        tokenOf.set(userId, queueToken)
        numbers.push(number)
      }
      return numbers
    },

    async find(userId: string, token = tokenOf.get(userId)) {
      return room.view(await room.find(userId, token))
    },

    async state(userId: string): Promise<string> {
      return (await stage.find(userId)).state
    },

    /** Those of them who are inside by now; looking, they turn up. */
    async inside(...userIds: string[]): Promise<string[]> {
      const found: string[] = []
      for (const userId of userIds) if ((await stage.state(userId)) === 'admitted') found.push(userId)
      return found
    },

    hasSession: async (userId: string): Promise<boolean> => rooms.hasSession(show.id, userId, clock.now()),

    /** Time goes on, and the inlet with it. */
    async pass(ms: number): Promise<void> {
      for (let past = 0; past < ms; past += limits.inletIntervalMs) {
        clock.advance(limits.inletIntervalMs)
        await inlet.step()
      }
    },

    /** Time goes on, and nobody is let in. */
    stand(ms: number): void {
      clock.advance(ms)
    },

    async configure(some: Partial<InletSettings>): Promise<void> {
      await room.configure(show.id, { ...settings, ...some })
    },
  }
  await stage.configure({})
  await inlet.step()
  return stage
}

/** `user-1` to `user-<count>`. */
export const people = (count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, index) => `user-${from + index}`)

/** Where an inlet may fall asleep within a step. */
export function gateAt({ rooms, ledger }: Stage, where: 'next' | 'write' | 'begin') {
  if (where === 'write') {
    const gate = new Gate(ledger, 'admit')
    return { gate, troubled: { ledger: gate.port } }
  }
  const gate = new Gate(rooms, where === 'begin' ? 'admit' : 'next')
  return { gate, troubled: { rooms: gate.port } }
}
