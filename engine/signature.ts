// Who made this text: a short MAC under a secret of the deployment, compared in constant time.
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'

const signatureBytes = 16

/** Made once of each secret: given as text, a secret is prepared anew for each MAC, which takes longer than the MAC. */
export const signingKey = (secret: string | Buffer): KeyObject => createSecretKey(Buffer.from(secret))

export const signatureOf = (key: KeyObject, text: string): string =>
  createHmac('sha256', key).update(text).digest().toString('base64url', 0, signatureBytes)

/** Texts are compared, since several of them decode to the same bytes. */
export function isSignedWith(key: KeyObject, text: string, signature: string): boolean {
  const [given, expected] = [Buffer.from(signature), Buffer.from(signatureOf(key, text))]
  return given.length === expected.length && timingSafeEqual(given, expected)
}
