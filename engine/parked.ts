// How what is given up on is kept: a command under its own id, and bytes that nobody can read under their digest.
import { type Command, fingerprint } from './command.ts'
import type { ParkedCommand } from './ports.ts'

export const parkedCommand = (command: Command, reason: string, at: number): ParkedCommand => ({
  id: command.id,
  showId: command.showId,
  reason,
  body: Buffer.from(JSON.stringify(command)),
  at,
})

export const parkedBytes = (bytes: Buffer, reason: string, at: number): ParkedCommand => ({
  id: fingerprint(bytes.toString('base64')),
  showId: null,
  reason,
  body: bytes,
  at,
})
