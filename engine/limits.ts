// Every bound of the engine, its unit in its name. What an operator may change is a setting (settings.ts).
import { assert } from './failures.ts'

export const limits = {
  /** Commands decided in one transaction. */
  batchCommandsMax: 500,
  /** Commands in one broker message. */
  messageCommandsMax: 200,
  /** Messages of one server to one partition that wait for their confirms; what comes meanwhile goes with the next. */
  messagesUnconfirmedMax: 2,
  /** A show that a batch has so many commands for, or one that lets Holdfast choose, is remembered whole; of others each batch asks for what it touches. */
  rememberedFromCommands: 2,
  /**
   * Taken seats that an owner remembers, of all its shows together; each has 250 bytes. Four nights in a stadium fit;
   * beyond that the shows that were used longest ago are read again when they are needed.
   */
  seatsRememberedMax: 200_000,
  /** Messages that a channel holds unacknowledged. */
  prefetchMessages: 500,
  /** How long a publish may wait for its confirm before its outcome counts as unknown. */
  publishTimeoutMs: 1_500,
  /** What the grace of a hold must be longer than that, for the servers' clocks. */
  holdGraceSlackMs: 250,
  /** Commands of this server that wait for a confirm; more is answered `overloaded`. */
  publishPendingMax: 20_000,
  /** Commands whose answers one server owes at a time; more is answered `overloaded` at once. */
  commandsInHandMax: 1_000,
  /** Fewer where the server is slow: as many as it answers in this time, by its pace of late, but so many always. */
  commandsInHandMs: 500,
  commandsInHandMin: 200,
  /** A reserve command that waited longer than this is refused: nobody waits for it any more. */
  commandAgeMaxMs: 30_000,
  /** How long a claim lives; longer than a command usually waits, shorter than anybody would notice. */
  claimTtlMs: 10_000,
  /** How long Redis remembers the fingerprint of a key. */
  fingerprintTtlMs: 600_000,
  /** How long a reservation that the master does not know is shown as queued; then it is not found. */
  queuedVisibleMs: 120_000,
  /** Claims that one best-available choice goes round; they are kept in its journal entry. */
  claimsAvoidedMax: 256,
  /** Seats in one request, whatever a show's seat limit. */
  requestSeatsMax: 50,
  /** The longest `Prefer: wait`. */
  waitMaxMs: 10_000,
  sweepIntervalMs: 1_000,
  /** How long the seat projection of a show that stands still is trusted: the fast store may come back older. */
  projectionTrustedMs: 30_000,
  /** Overdue holds that one wake-up ends. */
  sweepBatchMax: 500,
  /** Batches that are looked through for repeats after one, and from a consumer's first delivery. */
  repeatsExpectedBatches: 16,
  /** A partition whose owner was not heard of for this long is woken by any server. */
  ownerSilenceMaxMs: 3_000,
  /** An owner that got nothing for this long wakes its partition, to see whether it still gets anything. */
  quietMaxMs: 5_000,
  /** A consumer that a wake-up, once the broker has taken it, does not get to for this long subscribes anew. */
  wakeUpMaxMs: 4_000,
  /** The consumer of dead letters subscribes anew after so long without one: it can't ask its queue whether it is heard. */
  deadLettersQuietMaxMs: 60_000,
  /** No partition is handed over to a server that was not heard of for this long. */
  serverSilenceMaxMs: 3_000,
  relayBatchMax: 500,
  /** Between two rounds of a partition's relay. */
  relayRestMs: 100,
  /** How long a server stays away from a partition that only a newer server can decide. */
  giveUpPauseMs: 30_000,
  retryDelayMinMs: 20,
  retryDelayMaxMs: 1_000,
  /** How long a stop waits for the batch in hand. */
  stopTimeoutMs: 10_000,
  refusalLogPendingMax: 10_000,
  refusalLogIntervalMs: 1_000,
  idempotencyKeyLengthMax: 255,
  userIdLengthMax: 64,
  showIdLengthMax: 48,
  seatIdLengthMax: 64,
  redriveReasonLengthMax: 255,
  /** A charge, a price, a balance: safely below 2^53, also when a hundred are added. */
  amountMax: 1_000_000_000_000,
  planSeatsMax: 100_000,
  /** Lists and objects of a plan in one another; the format has eight. */
  planDepthMax: 64,
  plansCachedMax: 64,
  streamsPerUserMax: 5,
  streamHeartbeatMs: 15_000,
  /** What may wait for a slow reader of a stream; then it is cut off, and comes back with its last event's id. */
  streamBacklogBytesMax: 262_144,
  /** Changes of a show's seats that a stream can be resumed over. */
  streamChangesKept: 512,
  pageItemsDefault: 20,
  seatsNearbyMax: 8,
  /** Users whose rate one server counts. */
  rateLimitUsersMax: 100_000,
  /** The share of a user's limit that one server counts without telling the others. */
  rateLimitUntoldShare: 0.1,
  /** Bearer tokens, and queue tokens, that are not checked anew at each request. */
  tokensCachedMax: 100_000,
  headerBytesMax: 16_384,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 15_000,
  /** How long a client that was refused may go on sending while it reads why. */
  lingerMs: 1_000,
  /** How long the reader of a stream that has ended may take for the rest of it. */
  streamRestMs: 3_000,
  /** As many connections wait for the server to take them; what others send is dropped until it is sent again. The system may allow fewer. */
  connectionsUnacceptedMax: 4_096,
  /** Of each, one connection is taken a turn of the event loop. */
  listeningSockets: 256,
  /** Longer than the longest wait and the pause between heartbeats. */
  connectionIdleMaxMs: 60_000,
  /** Of the event loop: so long a server that stops takes what comes without a pause. */
  turnsBeforeCloseMax: 200,
  /** How long a server that stops waits for its requests. */
  closeTimeoutMs: 15_000,
  /** Further behind than this, the replica is routed around. */
  replicaLagMaxMs: 5_000,
  replicaProbeIntervalMs: 1_000,
  /** A replica that says nothing for this long is routed around. */
  replicaProbeTimeoutMs: 1_000,
  /** How long a probe waits for the replica to have what the master has now. */
  replicaCatchUpMs: 200,
  /** How long a look-up with a Consistency-Token waits for the replica; then the master answers. */
  consistencyWaitMs: 500,
  /** How long a start waits for the servers that it needs. */
  startPatienceMs: 60_000,
  startRetryDelayMs: 1_000,
  /** How long a dependency may take to say that it is there. */
  checkTimeoutMs: 2_000,
  bodyBytesMax: 16_384,
  /** A candidate for a machine's next version. */
  chartBodyBytesMax: 512 * 1024,
  ruleSourceLengthMax: 4_096,
  planBodyBytesMax: 32 * 1024 * 1024,
  holdTtlMinMs: 1_000,
  holdTtlMaxMs: 24 * 3_600_000,
  /** How often the inlet lets people in. */
  inletIntervalMs: 500,
  /** A successor takes over after this, two steps and its first writes: within five seconds. */
  inletLeaseTtlMs: 3_000,
  inletRatePerSecondMin: 0.01,
  inletRatePerSecondMax: 5_000,
  admittedMax: 1_000_000,
  sessionTtlMaxMs: 24 * 3_600_000,
  /** Whoever was admitted and did not turn up for this long gives the place to somebody else. */
  admissionClaimMs: 60_000,
  /** How often who waits asks for the place: the nearer, the oftener. */
  pollAfterMinMs: 1_000,
  pollAfterMaxMs: 30_000,
  /** After a loss of the waiting room's store: time for everybody to come back with a token. */
  waitingRoomSettleMs: 30_000,
  /** A range of numbers is a quarter of those granted before, within these bounds: what a loss skips is a small share. */
  numberRangeMin: 16,
  numberRangeMax: 10_000,
  /** People whose lots are dealt at once: Redis answers nobody else meanwhile. */
  crowdPageMax: 1_000,
  /** Draws whose lots one server keeps at hand, four bytes a person. */
  drawsCachedMax: 8,
  /** How often a room that follows its stock looks at it. */
  stockIntervalMs: 3_000,
  /** From the opening of the sale or, once it is open, from joining. */
  queueTokenTtlMs: 24 * 3_600_000,
  queueTokenLengthMax: 256,
  /** How often serving is broadcast to those who stream their place. */
  servingBroadcastMs: 500,
  /** How often what is counted of the decisions is told, and streamed. */
  tallyIntervalMs: 1_000,
  /** How often a server looks who is overdue while anybody watches a machine. */
  overdueIntervalMs: 5_000,
  /** Of each kind of what is overdue. */
  overdueListMax: 50,
  /** Counts that were not told anew for this long are left out. */
  tallySilenceMaxMs: 5_000,
  /** Durations are of the last one to two of these. */
  tallyWindowMs: 300_000,
  /** Reservations per partition whose time in their state is being taken. */
  tallySubjectsMax: 100_000,
  /** Decisions that wait for the count of what was there before them. */
  tallyPendingMax: 200_000,
  /** Entries of a show's journal that one page of an inspection looks through. */
  inspectionDepthMax: 2_000,
  /** Shows that an inspection looks through when none is named. */
  inspectionShowsMax: 20,
  /** Entries of one reservation that are shown. */
  inspectionHistoryMax: 500,
} as const

assert(limits.messageCommandsMax <= limits.batchCommandsMax, 'a message fits into a batch')
assert(
  limits.replicaCatchUpMs < limits.replicaProbeTimeoutMs,
  'a replica that is behind is told from one that is silent',
)
assert(limits.claimTtlMs < limits.commandAgeMaxMs, 'a claim ends before its command is given up')
assert(limits.waitMaxMs < limits.connectionIdleMaxMs, 'nobody is cut off while waiting')
assert(limits.streamHeartbeatMs < limits.connectionIdleMaxMs, 'a heartbeat keeps a stream open')
assert(limits.commandAgeMaxMs < limits.queuedVisibleMs, 'a command is decided or refused while it is visible')
assert(limits.pollAfterMaxMs * 2 <= limits.admissionClaimMs, 'whoever polls turns up in time')
assert(
  limits.pollAfterMaxMs <= limits.waitingRoomSettleMs,
  'whoever polls is back before the room has settled',
)
assert(
  limits.inletLeaseTtlMs + 2 * limits.inletIntervalMs < 5_000,
  'a room stands still for less than five seconds when its inlet is lost',
)
