// Bearer tokens for many buyers, signed at once before the clock runs.
import { createHmac } from 'node:crypto'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export function signToken(
  secret: string,
  userId: string,
  role: 'buyer' | 'admin' | 'payments' | 'developer',
): string {
  const exp = Math.floor(Date.now() / 1_000) + 12 * 3_600
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: userId, role, aud: 'holdfast', exp })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
