// Who made this text: a short MAC under a secret of the deployment, compared in constant time.
import { createHmac, timingSafeEqual } from 'node:crypto'

const signatureBytes = 16

export const signatureOf = (secret: string | Buffer, text: string): string =>
  createHmac('sha256', secret).update(text).digest().subarray(0, signatureBytes).toString('base64url')

/** Texts are compared, since several of them decode to the same bytes. */
export function isSignedWith(secret: string | Buffer, text: string, signature: string): boolean {
  const [given, expected] = [Buffer.from(signature), Buffer.from(signatureOf(secret, text))]
  return given.length === expected.length && timingSafeEqual(given, expected)
}
