// Expiring ownership of single jobs, kept in the file of the claims.
import type { Leases } from '../../engine/ports.ts'
import type { EmbeddedFile } from '../embedded-file.ts'

export const leasesSchema = `
  CREATE TABLE IF NOT EXISTS leases (
    job TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  )`

export class EmbeddedLeases implements Leases {
  readonly #take
  readonly #end

  constructor(file: EmbeddedFile) {
    this.#take = file.prepare<{ job: string; holder: string; expiresAt: number; now: number }>(`
      INSERT INTO leases VALUES (@job, @holder, @expiresAt)
      ON CONFLICT (job) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
      WHERE leases.holder = excluded.holder OR leases.expires_at <= @now`)
    this.#end = file.prepare<[string, string]>('DELETE FROM leases WHERE job = ? AND holder = ?')
  }

  async acquire(job: string, holder: string, ttlMs: number, now: number): Promise<boolean> {
    return this.#take.run({ job, holder, expiresAt: now + ttlMs, now }).changes === 1
  }

  async release(job: string, holder: string): Promise<void> {
    this.#end.run(job, holder)
  }
}
