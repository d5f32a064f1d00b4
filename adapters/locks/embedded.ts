// Claims and leases of the embedded mode, in one file. Both are courtesies with an end: what a loss of power takes of
// them costs somebody a refusal or a second look.
import type { Claims, Leases } from '../../engine/ports.ts'
import { openEmbeddedFile } from '../embedded-file.ts'
import { claimsSchema, EmbeddedClaims } from './embedded-claims.ts'
import type { DoorView } from './embedded-door.ts'
import { EmbeddedLeases, leasesSchema } from './embedded-leases.ts'

export interface EmbeddedLocks {
  readonly claims: Claims
  readonly leases: Leases
  close(): void
}

/** @throws {Error} with a sentence while another process has the file. */
export function openEmbeddedLocks(path: string, view: DoorView): EmbeddedLocks {
  const file = openEmbeddedFile(path, (file) => void file.exec(`${claimsSchema}; ${leasesSchema}`))
  const claims = new EmbeddedClaims(file, view)
  return {
    claims,
    leases: new EmbeddedLeases(file),
    close: () => {
      if (!file.open) return
      claims.flush()
      file.close()
    },
  }
}
