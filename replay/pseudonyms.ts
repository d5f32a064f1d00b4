// Buyers in reports: a keyed digest of the user, the same in every report of a deployment, which nobody without the key
// can make or guess.
import { createHmac } from 'node:crypto'
import type { ArchivedDeployment } from '../engine/ports.ts'

export type Pseudonym = (userId: string) => string

/** Users of an export are pseudonyms already. */
export function pseudonymsOf({ pseudonymKey }: Pick<ArchivedDeployment, 'pseudonymKey'>): Pseudonym {
  if (pseudonymKey === null) return (userId) => userId
  return (userId) =>
    `p_${createHmac('sha256', pseudonymKey).update(userId).digest().subarray(0, 12).toString('base64url')}`
}
