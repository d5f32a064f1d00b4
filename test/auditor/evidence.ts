// What the auditor is given: rows as somebody found them, and what the clients wrote down themselves. Plain data, from
// whatever loader; the auditor shares no code with the engine that it judges.

export interface JournalEvidence {
  readonly showId: string
  readonly position: number
  readonly commandId: string
  readonly subjectId: string
  readonly seq: number | null
  /** The stored bytes. */
  readonly entry: string
  readonly hash: Uint8Array
}

export interface ReservationEvidence {
  readonly id: string
  readonly showId: string
  readonly userId: string
  readonly state: string
  readonly seq: number
  readonly machineVersion: number
  readonly seatCount: number
  readonly deadline: number | null
  readonly context: string
}

export interface SeatEvidence {
  readonly showId: string
  readonly seatId: string
  readonly status: string
  readonly reservationId: string | null
}

export interface ShowEvidence {
  readonly showId: string
  readonly partition: number
  readonly state: string
  readonly seq: number
  readonly position: number
  readonly hash: Uint8Array
  readonly seatsRevision: number
}

export interface LedgerEvidence {
  readonly id: string
  readonly kind: string
  readonly entries: readonly { readonly account: string; readonly amount: number }[]
}

export interface OutboxEvidence {
  readonly id: string
  readonly topic: string
  readonly showId: string
}

export type Commit =
  | { readonly is: 'epoch raised'; readonly partition: number; readonly epoch: number }
  | { readonly is: 'entry written'; readonly showId: string; readonly position: number }

export interface AdmissionEvidence {
  readonly number: number
  readonly userId: string
  readonly admittedAt: number
  readonly endsAt: number
}

/** The rows of the master, read in one transaction. */
export interface MasterEvidence {
  readonly journal: readonly JournalEvidence[]
  readonly reservations: readonly ReservationEvidence[]
  readonly seats: readonly SeatEvidence[]
  readonly shows: readonly ShowEvidence[]
  readonly accounts: readonly { readonly userId: string; readonly balance: number }[]
  readonly ledger: readonly LedgerEvidence[]
  /** What waits to be announced. */
  readonly outbox: readonly OutboxEvidence[]
  readonly partitions: readonly {
    readonly partition: number
    readonly epoch: number
    readonly lastStamp: number
  }[]
  readonly parked: readonly { readonly id: string; readonly showId: string | null }[]
  /** In their order, from the beginning; null where nobody has kept it. */
  readonly commits: readonly Commit[] | null
  /** Of the shows that have one; left out where nobody has read them. */
  readonly waitingRooms?: readonly {
    readonly showId: string
    readonly admissions: readonly AdmissionEvidence[]
  }[]
}

/** What the fast store has. A show without a projection is not listed. */
export interface FastStoreEvidence {
  readonly projections: readonly {
    readonly showId: string
    readonly revision: number
    readonly seats: readonly Omit<SeatEvidence, 'showId'>[]
  }[]
  readonly claims: readonly {
    readonly showId: string
    readonly seatId: string
    readonly reservationId: string
  }[]
}

/** A decision as a client was told of it. */
export interface ToldDecision {
  readonly outcome: string
  readonly code: string | null
  readonly state: string
  readonly details: unknown
}

export type Told =
  /** It will be decided; 202. */
  | { readonly is: 'accepted'; readonly commandId: string }
  | { readonly is: 'decided'; readonly commandId: string; readonly decision: ToldDecision }
  /** Refused at the door: nothing was sent on. */
  | { readonly is: 'refused'; readonly code: string }
  /** 503 after publishing, a connection cut, no answer: it may have happened or not. */
  | { readonly is: 'unknown' }

/** One request, from the client's own notes. Moments order all requests and answers of all clients; ties are no order. */
export interface RequestEvidence {
  readonly userId: string
  readonly idempotencyKey: string
  readonly type: string
  /** What it was about: the show of a reserve command, otherwise the reservation or show. */
  readonly target: string
  readonly showId: string
  /** What was asked for, as text that is equal for equal requests. */
  readonly body: string
  readonly sentAt: number
  readonly toldAt: number
  readonly told: Told
}

export interface ChargeEvidence {
  readonly userId: string
  readonly amount: number
  /** Whether the client was told that it is done. */
  readonly told: 'done' | 'unknown'
}

/** What somebody was told of a place in a waiting room. */
export interface PlaceEvidence {
  readonly showId: string
  readonly userId: string
  readonly number: number
  /** The place in the order of coming in; null until it is drawn. */
  readonly lot: number | null
  /** How many lots until one's turn: what is being served is the lot less this. Null where there is none. */
  readonly position: number | null
  readonly state: string
  /** Asked with the token in hand. */
  readonly hasToken: boolean
  readonly sentAt: number
  readonly toldAt: number
}

/** A look-up that named a commit point by which seats had moved at the known revision. */
export interface LookUpEvidence {
  readonly showId: string
  readonly known: number
  readonly seen: number
  readonly at: number
}

export interface ClientEvidence {
  readonly requests: readonly RequestEvidence[]
  readonly charges: readonly ChargeEvidence[]
  readonly places?: readonly PlaceEvidence[]
  readonly lookUps?: readonly LookUpEvidence[]
}

export interface Evidence {
  readonly master: MasterEvidence
  readonly fastStore: FastStoreEvidence
  readonly clients: ClientEvidence
  /** Announcements that others heard, where somebody listened. */
  readonly heard: readonly OutboxEvidence[] | null
  /** The master's time when the evidence was taken, ms since the epoch. */
  readonly now: number
}

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9'

export interface Violation {
  readonly invariant: Invariant
  readonly what: string
  readonly where: string
}
