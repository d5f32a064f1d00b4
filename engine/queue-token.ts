// One's place in the waiting room as the holder keeps it: number, user, show and expiry, signed. It alone is enough to
// get the place back after a loss of everything else.
import { hkdfSync, type KeyObject } from 'node:crypto'
import { HoldfastError } from './errors.ts'
import { assert } from './failures.ts'
import { limits } from './limits.ts'
import { RecentlyUsed } from './recently-used.ts'
import { isSignedWith, signatureOf, signingKey } from './signature.ts'

export interface QueuePlace {
  readonly showId: string
  readonly userId: string
  readonly number: number
  /** ms since the epoch; whole seconds. */
  readonly expiresAt: number
}

const formVersion = 1
/** Version, number, expiry in seconds, length of the user's id; then the user's and the show's. */
const numberAt = 1
const expiryAt = 7
const userLengthAt = 12
const userAt = 13

export class QueueTokens {
  readonly #signing: KeyObject
  readonly #keys: readonly KeyObject[]
  /** A token is checked once, and its expiry at each use. */
  readonly #verifiedPlaces = new RecentlyUsed<QueuePlace>(limits.tokensCachedMax)

  /** @param secrets the first one signs, and each of them verifies */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map(signingKey)
    const [first] = this.#keys
    assert(first, 'queue tokens have a secret')
    this.#signing = first
  }

  sign(place: QueuePlace): string {
    const payload = encode(place).toString('base64url')
    return `${payload}.${signatureOf(this.#signing, payload)}`
  }

  /**
   * What a token says, if it was signed here for this user and has not expired.
   * @throws {HoldfastError} `queue_token_invalid`
   */
  open(token: string | undefined, userId: string, now: number): QueuePlace {
    const place = this.#verifiedPlaces.get(token ?? '') ?? this.#verified(token ?? '')
    if (place === null || place.userId !== userId || place.expiresAt <= now)
      throw new HoldfastError('queue_token_invalid')
    return place
  }

  #verified(token: string): QueuePlace | null {
    if (token.length > limits.queueTokenLengthMax) return null
    const [payload = '', signature = '', ...rest] = token.split('.')
    if (rest.length > 0) return null
    // With each key, whichever it was.
    const matching = this.#keys.filter((key) => isSignedWith(key, payload, signature))
    const place = matching.length > 0 ? decode(Buffer.from(payload, 'base64url')) : null
    if (place === null) return null
    this.#verifiedPlaces.set(token, place)
    return place
  }
}

/** A deployment that was given no secret has one of its own, made of a key that it keeps. */
export const derivedQueueSecret = (key: Buffer): string =>
  Buffer.from(hkdfSync('sha256', key, '', 'holdfast queue token', 32)).toString('base64url')

function encode({ showId, userId, number, expiresAt }: QueuePlace): Buffer {
  const user = Buffer.from(userId)
  const head = Buffer.alloc(userAt)
  head.writeUInt8(formVersion)
  head.writeUIntBE(number, numberAt, 6)
  head.writeUIntBE(Math.floor(expiresAt / 1_000), expiryAt, 5)
  head.writeUInt8(user.length, userLengthAt)
  return Buffer.concat([head, user, Buffer.from(showId)])
}

/** Null for a form that this server does not know: the signature is good, so a newer one has written it. */
function decode(bytes: Buffer): QueuePlace | null {
  if (bytes.length <= userAt || bytes.readUInt8() !== formVersion) return null
  const showFrom = userAt + bytes.readUInt8(userLengthAt)
  return {
    number: bytes.readUIntBE(numberAt, 6),
    expiresAt: bytes.readUIntBE(expiryAt, 5) * 1_000,
    userId: bytes.toString('utf8', userAt, showFrom),
    showId: bytes.toString('utf8', showFrom),
  }
}
