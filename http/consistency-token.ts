// How far the master had come when an answer was given, signed, so that nobody makes look-ups wait for what never was.
import { hkdfSync, type KeyObject } from 'node:crypto'
import { HoldfastError } from '../engine/errors.ts'
import { isSignedWith, signatureOf, signingKey } from '../engine/signature.ts'

export class ConsistencyTokens {
  readonly #key: KeyObject

  /** @param key of the deployment, the same on all of its servers */
  constructor(key: Buffer) {
    this.#key = signingKey(Buffer.from(hkdfSync('sha256', key, '', 'holdfast consistency token', 32)))
  }

  sign(commitPoint: string): string {
    const text = Buffer.from(commitPoint).toString('base64url')
    return `${text}.${signatureOf(this.#key, text)}`
  }

  /**
   * The commit point that was signed.
   * @throws {HoldfastError} `invalid_request` for a token that was not made here
   */
  open(token: string): string {
    const [text = '', signature = '', ...rest] = token.split('.')
    if (rest.length > 0 || !isSignedWith(this.#key, text, signature))
      throw new HoldfastError('invalid_request', 'The Consistency-Token is none of this deployment.')
    return Buffer.from(text, 'base64url').toString()
  }
}
