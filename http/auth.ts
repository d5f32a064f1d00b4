// Who is asking: a bearer token, checked with the one algorithm that its key is for, becomes a caller with a role.
import { createPublicKey, type KeyObject } from 'node:crypto'
import { type Algorithm, createSigner, createVerifier } from 'fast-jwt'
import { HoldfastError } from '../engine/errors.ts'
import { limits } from '../engine/limits.ts'
import type { Clock } from '../engine/ports.ts'
import { RecentlyUsed } from '../engine/recently-used.ts'

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
const clockToleranceMs = 5_000
const userIdForm = new RegExp(userIdPattern)

type Verify = (token: string) => Record<string, unknown>
type Sign = (claims: Record<string, unknown>) => string

interface Verified {
  readonly caller: Caller
  /** ms since the epoch */
  readonly validFrom: number
}

export class Authenticator {
  readonly #verify: Verify
  /** Null where the tokens are another's to give. */
  readonly #sign: Sign | null
  readonly #clock: Pick<Clock, 'now'>
  /** By the header as it usually comes. A token is checked once, and its times at each use. */
  readonly #verified = new RecentlyUsed<Verified>(limits.tokensCachedMax)

  private constructor(verify: Verify, sign: Sign | null, clock: Pick<Clock, 'now'>) {
    this.#verify = verify
    this.#sign = sign
    this.#clock = clock
  }

  static withSecret(secret: string, clock: Pick<Clock, 'now'>): Authenticator {
    const sign = createSigner({ key: secret, algorithm: 'HS256' })
    return new Authenticator(verifierOf(secret, 'HS256'), sign, clock)
  }

  /** @throws {Error} for a key of a kind that no algorithm is chosen for */
  static withPublicKey(pem: string, clock: Pick<Clock, 'now'>): Authenticator {
    return new Authenticator(verifierOf(pem, algorithmOf(createPublicKey(pem))), null, clock)
  }

  /** @throws {HoldfastError} `unauthorized`, without saying more than that to who has no valid token */
  authenticate(authorization: string): Caller {
    const { caller, validFrom } = this.#verified.get(authorization) ?? this.#checkedOnce(authorization)
    const now = this.#clock.now()
    if (now + clockToleranceMs < validFrom || now - clockToleranceMs >= caller.expiresAt)
      throw new HoldfastError('unauthorized')
    return caller
  }

  /**
   * A token as the deployment's identity provider would give.
   * @throws {Error} where there is only a public key, which signs nothing
   */
  issue({ userId, role }: Pick<Caller, 'userId' | 'role'>): { token: string; expiresAt: number } {
    if (this.#sign === null) throw new Error('A public key signs no tokens.')
    const issuedAtS = Math.floor(this.#clock.now() / 1_000)
    const expiresAtS = issuedAtS + tokenTtlS
    const token = this.#sign({ role, sub: userId, aud: audience, iat: issuedAtS, exp: expiresAtS })
    return { token, expiresAt: expiresAtS * 1_000 }
  }

  /** Kept under one spelling of the header, whatever it came in: nobody makes many entries of one token. */
  #checkedOnce(authorization: string): Verified {
    const [, token] = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization) ?? []
    if (token === undefined) throw new HoldfastError('unauthorized')
    const usual = `Bearer ${token}`
    const verified = this.#verified.get(usual) ?? this.#check(token)
    this.#verified.set(usual, verified)
    return verified
  }

  #check(token: string): Verified {
    const { sub, role, exp, nbf = 0 } = this.#claimsOf(token)
    // A signed token may hold anything.
    if (typeof sub !== 'string' || !userIdForm.test(sub) || !isRole(role))
      throw new HoldfastError('unauthorized')
    if (typeof exp !== 'number' || typeof nbf !== 'number') throw new HoldfastError('unauthorized')
    return { caller: { userId: sub, role, expiresAt: exp * 1_000 }, validFrom: nbf * 1_000 }
  }

  #claimsOf(token: string): Record<string, unknown> {
    try {
      return this.#verify(token)
    } catch {
      throw new HoldfastError('unauthorized')
    }
  }
}

/** Signature, algorithm and audience. The times are ours to check: by the master's clock, and each time. */
const verifierOf = (key: string, algorithm: Algorithm): Verify =>
  createVerifier({
    key,
    algorithms: [algorithm],
    allowedAud: audience,
    requiredClaims: ['aud', 'exp', 'sub', 'role'],
    ignoreExpiration: true,
    ignoreNotBefore: true,
  })

const isRole = (value: unknown): value is Role => roles.some((role) => role === value)

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Algorithm {
  if (asymmetricKeyType === 'rsa') return 'RS256'
  if (asymmetricKeyType === 'ed25519') return 'EdDSA'
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'secp384r1') return 'ES384'
  throw new Error('AUTH_PUBLIC_KEY must be an RSA, P-256, P-384 or Ed25519 key.')
}
