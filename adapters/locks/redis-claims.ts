// The look at the door on Redis: one script, so that nobody comes between its parts, for all who come within one turn of
// the event loop. What is kept:
//   command:<command>            "<end> <fingerprint>", for as long as a key is remembered
//   room:<show>, sessions:<show> who was admitted, see adapters/tokens/redis-keys.ts
//   seats:<show>                 the projection (redis-projection.ts)
//   claims:<show>                hash: seat → "<end> <reservation>"; a claim that has ended stays until the seat is
//                                claimed again, `claimed` looks, or nobody claims in this show for a claim's time
//   claimed:<reservation>        "<until> <seat> ...": until when it may wait to be decided, and the seats that it
//                                claimed, for the release
// Ends are the engine's times. Redis's own expiry only clears up.
import { limits } from '../../engine/limits.ts'
import type { ClaimOutcome, ClaimRequest, Claims } from '../../engine/ports.ts'
import { gathered } from '../gathered.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { answered, loadScript } from '../redis/script.ts'
import { roomKeys } from '../tokens/redis-keys.ts'

/** In one run of a script, during which Redis serves nobody else; Lua unpacks the seats of no more. */
const commandsAtOnce = 64
const looksGatheredMax = 1_000
/** By one look at a show's claims. */
const endedRemovedMax = 1_000

type ClaimReply =
  | ['claimed' | 'not_admitted' | 'idempotency_mismatch']
  | ['taken', until: number | null, ...seatIds: string[]]

interface RememberedCommand {
  readonly commandId: string
  readonly fingerprint: string
  readonly now: number
}

export function redisClaims(connection: RedisConnection): Claims {
  const { commands, key, runId } = connection
  const script = (name: string) => loadScript(commands, new URL(`./${name}.lua`, import.meta.url))
  const claimScript = script('redis-claim')
  const rememberScript = script('redis-remember')
  const releaseScript = script('redis-release-claims')
  const removeEndedScript = script('redis-remove-ended-claims')
  const claimedKey = (reservationId: string) => key(`claimed:${reservationId}`)

  const lookAtShow = async (showId: string, requests: readonly ClaimRequest[]): Promise<ClaimOutcome[]> => {
    const { room, sessions } = roomKeys(connection, showId)
    const keys = [room, sessions, key(`seats:${showId}`), key(`claims:${showId}`)]
    const values: (string | number)[] = [
      ...[limits.fingerprintTtlMs, limits.claimTtlMs, limits.queuedVisibleMs],
      requests[0]?.admissionRequired ? runId() : '',
    ]
    for (const { commandId, reservationId, now, userId, fingerprint, seatIds } of requests) {
      keys.push(key(`command:${commandId}`), claimedKey(reservationId))
      values.push(now, reservationId, userId, fingerprint, seatIds.length, ...seatIds)
    }
    return ((await claimScript(keys, values)) as ClaimReply[]).map(outcomeOf)
  }
  /** One call a show; whether admission is required is the same for all requests of a call. */
  const lookAtAll = async (requests: readonly ClaimRequest[]): Promise<readonly ClaimOutcome[]> => {
    const groups = Map.groupBy(requests, ({ showId, admissionRequired }) => `${admissionRequired} ${showId}`)
    const outcomes = new Map<ClaimRequest, ClaimOutcome>()
    await Promise.all(
      [...groups.values()].map(async (group) => {
        const found = await lookAtShow(group[0]?.showId ?? '', group)
        for (const [index, request] of group.entries()) outcomes.set(request, found[index] as ClaimOutcome)
      }),
    )
    return requests.map((request) => outcomes.get(request) as ClaimOutcome)
  }
  const claim = gathered(lookAtAll, commandsAtOnce)

  const rememberAll = gathered(async (commands: readonly RememberedCommand[]) => {
    const keys = commands.map(({ commandId }) => key(`command:${commandId}`))
    const values = commands.flatMap(({ fingerprint, now }) => [
      now,
      fingerprint,
      now + limits.fingerprintTtlMs,
    ])
    const replies = await rememberScript(keys, [limits.fingerprintTtlMs, ...values])
    return (replies as number[]).map((reply) => reply === 1)
  }, commandsAtOnce)
  const remember = (commandId: string, fingerprint: string, now: number) =>
    rememberAll({ commandId, fingerprint, now })

  const wasClaimed = async (reservationId: string, now: number): Promise<boolean> => {
    const known = await answered(commands.get(claimedKey(reservationId)))
    const [until = 0] = known?.split(' ') ?? []
    return Number(until) > now
  }

  const release = async (showId: string, reservationIds: readonly string[]): Promise<void> => {
    const runs: Promise<unknown>[] = []
    for (let start = 0; start < reservationIds.length; start += commandsAtOnce) {
      const some = reservationIds.slice(start, start + commandsAtOnce)
      runs.push(releaseScript([key(`claims:${showId}`), ...some.map(claimedKey)], some))
    }
    await Promise.all(runs)
  }

  // Read here and not in the script: of fifty thousand claims Redis would take a tenth of a second to look at each.
  const readClaimed = async (showId: string, now: number): Promise<ReadonlyMap<string, string>> => {
    const name = key(`claims:${showId}`)
    const fields = (await answered(commands.call('HGETALL', name))) as string[]
    const live = new Map<string, string>()
    const ended: string[] = []
    for (let index = 0; index < fields.length; index += 2) {
      const [seatId, claim] = [fields[index] as string, fields[index + 1] as string]
      const blank = claim.indexOf(' ')
      if (Number(claim.slice(0, blank)) > now) live.set(seatId, claim.slice(blank + 1))
      else ended.push(seatId)
    }
    if (ended.length > 0) await removeEndedScript([name], [now, ...ended.slice(0, endedRemovedMax)])
    return live
  }
  /** Who is turned away within one turn of the event loop is told from one look. */
  const claimedOf = gathered(async (asked: readonly { showId: string; now: number }[]) => {
    const latest = new Map(asked.map(({ showId, now }) => [showId, now]))
    const looks = [...latest].map(async ([showId, now]) => [showId, await readClaimed(showId, now)] as const)
    const found = new Map(await Promise.all(looks))
    return asked.map(({ showId }) => found.get(showId) ?? new Map<string, string>())
  }, looksGatheredMax)
  const claimed = (showId: string, now: number) => claimedOf({ showId, now })

  return { claim, remember, wasClaimed, release, claimed }
}

function outcomeOf(reply: ClaimReply): ClaimOutcome {
  if (reply[0] !== 'taken') return { outcome: reply[0] }
  const [outcome, until, ...seatIds] = reply
  return { outcome, seatIds, until }
}
