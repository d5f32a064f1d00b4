// Who is asking: a bearer token, checked with the one algorithm that its key is for, becomes a caller with a role.
import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { HoldfastError } from '../engine/errors.ts'
import { limits } from '../engine/limits.ts'
import type { Clock } from '../engine/ports.ts'

export const roles = ['buyer', 'developer', 'admin', 'payments'] as const
export type Role = (typeof roles)[number]

export interface Caller {
  readonly userId: string
  readonly role: Role
  /** When the token ends, ms since the epoch. */
  readonly expiresAt: number
}

/** Printable ASCII without blanks: a user's id stands in keys, accounts and journal entries. */
export const userIdPattern = `^[!-~]{1,${limits.userIdLengthMax}}$`

const audience = 'holdfast'
const tokenTtlS = 12 * 3_600
const clockToleranceS = 5
const userIdForm = new RegExp(userIdPattern)

export class Authenticator {
  readonly #key: KeyObject
  readonly #algorithm: string
  readonly #clock: Pick<Clock, 'now'>

  private constructor(key: KeyObject, algorithm: string, clock: Pick<Clock, 'now'>) {
    this.#key = key
    this.#algorithm = algorithm
    this.#clock = clock
  }

  static withSecret(secret: string, clock: Pick<Clock, 'now'>): Authenticator {
    return new Authenticator(createSecretKey(Buffer.from(secret)), 'HS256', clock)
  }

  /** @throws {Error} for a key of a kind that no algorithm is chosen for */
  static withPublicKey(pem: string, clock: Pick<Clock, 'now'>): Authenticator {
    const key = createPublicKey(pem)
    return new Authenticator(key, algorithmOf(key), clock)
  }

  /** @throws {HoldfastError} `unauthorized`, without saying more than that to who has no valid token */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    const [, token] = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '') ?? []
    if (token === undefined) throw new HoldfastError('unauthorized')
    const claims = await jwtVerify(token, this.#key, {
      algorithms: [this.#algorithm],
      audience,
      requiredClaims: ['exp', 'sub', 'role'],
      clockTolerance: clockToleranceS,
      currentDate: new Date(this.#clock.now()),
    }).catch(() => {
      throw new HoldfastError('unauthorized')
    })
    const { sub, role, exp = 0 } = claims.payload
    // The type says a string; a signed token may hold anything.
    if (typeof sub !== 'string' || !userIdForm.test(sub) || !isRole(role))
      throw new HoldfastError('unauthorized')
    return { userId: sub, role, expiresAt: exp * 1_000 }
  }

  /** A token as the deployment's identity provider would give; only a secret can sign one. */
  async issue({
    userId,
    role,
  }: Pick<Caller, 'userId' | 'role'>): Promise<{ token: string; expiresAt: number }> {
    const issuedAtS = Math.floor(this.#clock.now() / 1_000)
    const expiresAtS = issuedAtS + tokenTtlS
    const token = await new SignJWT({ role })
      .setProtectedHeader({ alg: this.#algorithm })
      .setSubject(userId)
      .setAudience(audience)
      .setIssuedAt(issuedAtS)
      .setExpirationTime(expiresAtS)
      .sign(this.#key)
    return { token, expiresAt: expiresAtS * 1_000 }
  }
}

const isRole = (value: unknown): value is Role => roles.some((role) => role === value)

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === 'rsa') return 'RS256'
  if (asymmetricKeyType === 'ed25519') return 'EdDSA'
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'secp384r1') return 'ES384'
  throw new Error('AUTH_PUBLIC_KEY must be an RSA, P-256, P-384 or Ed25519 key.')
}
