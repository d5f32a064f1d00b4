// What the HTTP interface is built from: ports and the engine's door, handed in by whoever composes the server.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Intake } from '../engine/intake.ts'
import type {
  Administration,
  AnnouncementFeed,
  Claims,
  Clock,
  MachineVersions,
  Master,
  Replica,
  SeatProjection,
  Tallies,
} from '../engine/ports.ts'
import type { SeatView } from '../engine/seat-view.ts'
import type { Shows } from '../engine/shows.ts'
import type { WaitingRoom } from '../engine/waiting-room.ts'
import type { Authenticator } from './auth.ts'
import type { StageHistograms } from './stage-histograms.ts'

export interface HttpParts {
  readonly administration: Administration
  readonly announcements: AnnouncementFeed
  readonly authenticator: Authenticator
  readonly claims: Pick<Claims, 'claimed' | 'wasClaimed'>
  readonly clock: Clock
  readonly dependencies: readonly Dependency[]
  readonly intake: Intake
  /** Aborts when the server is about to stop, and should get no new requests. */
  readonly leaving: AbortSignal
  readonly log: FastifyBaseLogger
  readonly machineVersions: Pick<MachineVersions, 'active'>
  readonly master: Omit<Master, 'transaction' | 'close'>
  readonly partitions: number
  readonly projection: SeatProjection
  /** Where several servers count requests together; without it this one counts alone. */
  readonly rateLimitStore?: RateLimitStore
  readonly replica: Replica
  readonly reservationIdKey: Buffer
  readonly seatView: SeatView
  readonly settings: HttpSettings
  readonly shows: Shows
  readonly stages: StageHistograms
  readonly tallies: Pick<Tallies, 'read'>
  readonly waitingRoom: WaitingRoom
}

export interface RateLimitStore {
  /** Adds to what all servers have counted; for how many ms that count goes on. */
  add(who: string, requests: number, windowMs: number): Promise<{ current: number; ttl: number }>
}

export interface Dependency {
  readonly name: string
  /** `spared`: others do its work while it is away, and this server is ready without it. */
  readonly need: 'needed' | 'spared'
  /**
   * Resolves with a sentence for each thing that is wrong although it works, without hosts and secrets; rejects when it
   * can't be used.
   */
  readonly check: () => Promise<readonly string[]>
}

export interface HttpSettings {
  readonly currency: string
  readonly demoCharges: boolean
  readonly devLogin: boolean
  readonly holdGraceMs: number
  readonly holdTtlMs: number
  /** Requests per user and minute. */
  readonly rateLimitMax: number
  readonly seatLimit: number
  readonly trustedProxies: readonly string[]
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>
