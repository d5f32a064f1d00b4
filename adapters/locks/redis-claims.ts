// The look at the door on Redis: one script, so that nobody comes between its parts, for all who come within one turn of
// the event loop. What is kept:
//   command:<command>            "<end> <fingerprint>", for as long as a key is remembered
//   room:<show>, sessions:<show> who was admitted, see adapters/tokens/redis-keys.ts
//   seats:<show>                 the projection (redis-projection.ts)
//   claims:<show>                hash: seat → "<end> <reservation>"; a claim that has ended stays until the seat is
//                                claimed again, `claimed` looks, or nobody claims in this show for a claim's time
//   reservation:<reservation>    hash: the seats that it claimed, for the release; under the empty name until when it may
//                                wait to be decided
// Ends are the engine's times. Redis's own expiry only clears up.
import { limits } from '../../engine/limits.ts'
import type { ClaimOutcome, ClaimRequest, Claims } from '../../engine/ports.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { gathered } from '../redis/gathered.ts'
import { answered, loadScript } from '../redis/script.ts'
import { roomKeys } from '../tokens/redis-keys.ts'

/** In one run of the script, during which Redis serves nobody else. */
const claimsLookedAtMax = 64
/** By one look at a show's claims. */
const endedRemovedMax = 1_000

type ClaimReply =
  | ['claimed' | 'not_admitted' | 'idempotency_mismatch']
  | ['taken', until: number | null, ...seatIds: string[]]

export function redisClaims(connection: RedisConnection): Claims {
  const { commands, key, runId } = connection
  const script = (name: string) => loadScript(commands, new URL(`./${name}.lua`, import.meta.url))
  const claimScript = script('redis-claim')
  const rememberScript = script('redis-remember')
  const releaseScript = script('redis-release-claims')
  const removeEndedScript = script('redis-remove-ended-claims')
  const reservationKey = (reservationId: string) => key(`reservation:${reservationId}`)

  const keysOf = ({ showId, commandId, reservationId }: ClaimRequest) => {
    const { room, sessions } = roomKeys(connection, showId)
    const [seats, claims] = [key(`seats:${showId}`), key(`claims:${showId}`)]
    return [key(`command:${commandId}`), room, sessions, seats, claims, reservationKey(reservationId)]
  }
  const valuesOf = (request: ClaimRequest) => {
    const { reservationId, fingerprint, userId, seatIds, admissionRequired, now } = request
    return [
      ...[now, now + limits.fingerprintTtlMs, now + limits.claimTtlMs, now + limits.queuedVisibleMs],
      ...[reservationId, userId, fingerprint, admissionRequired ? runId() : ''],
      ...[seatIds.length, ...seatIds],
    ]
  }
  const lookAtAll = async (requests: readonly ClaimRequest[]): Promise<readonly ClaimOutcome[]> => {
    const times = [limits.fingerprintTtlMs, limits.claimTtlMs, limits.queuedVisibleMs]
    const values = [...times, ...requests.flatMap(valuesOf)]
    return ((await claimScript(requests.flatMap(keysOf), values)) as ClaimReply[]).map(outcomeOf)
  }
  const claim = gathered(lookAtAll, claimsLookedAtMax)

  const remember = async (commandId: string, fingerprint: string, now: number): Promise<boolean> => {
    const values = [now, fingerprint, limits.fingerprintTtlMs, now + limits.fingerprintTtlMs]
    return (await rememberScript([key(`command:${commandId}`)], values)) === 1
  }

  const wasClaimed = async (reservationId: string, now: number): Promise<boolean> =>
    Number(await answered(commands.hget(reservationKey(reservationId), ''))) > now

  const release = async (showId: string, reservationIds: readonly string[]): Promise<void> => {
    await releaseScript([key(`claims:${showId}`), ...reservationIds.map(reservationKey)], reservationIds)
  }

  // Read here and not in the script: of fifty thousand claims Redis would take a tenth of a second to look at each.
  const claimed = async (showId: string, now: number): Promise<ReadonlyMap<string, string>> => {
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

  return { claim, remember, wasClaimed, release, claimed }
}

function outcomeOf(reply: ClaimReply): ClaimOutcome {
  if (reply[0] !== 'taken') return { outcome: reply[0] }
  const [outcome, until, ...seatIds] = reply
  return { outcome, seatIds, until }
}
