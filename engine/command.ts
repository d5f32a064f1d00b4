// What somebody wants, as it travels through the broker: the envelope, its schema, and the ids derived from it.
import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { UnknownVersion } from './failures.ts'
import { limits } from './limits.ts'
import { signingKey } from './signature.ts'

export const envelopeVersion = 1

const Id = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const Time = Type.Integer({ minimum: 0 })

const common = {
  /** Derived by `commandId`: a repeat is the same command. */
  id: Id(64),
  showId: Id(limits.showIdLengthMax),
  /** What the command is about: a reservation, or the show itself. */
  subjectId: Id(128),
  userId: Id(limits.userIdLengthMax),
  /** Digest of the request's body, see `fingerprint`. */
  fingerprint: Id(64),
  /** When the server accepted it, ms since the epoch in the master's time. */
  acceptedAt: Time,
  /** The server that waits for the answer, if one does. */
  replyTo: Type.Optional(Id(64)),
  /** The parked command that this one sends again. */
  redriveOf: Type.Optional(Id(64)),
  /** Who sends it again, and why; kept in the journal. */
  redriveBy: Type.Optional(Id(limits.userIdLengthMax)),
  redriveReason: Type.Optional(Id(limits.redriveReasonLengthMax)),
}

const strict = { additionalProperties: false } as const

export const Command = Type.Union([
  Type.Object(
    {
      ...common,
      type: Type.Literal('reserve'),
      seatIds: Type.Array(Id(limits.seatIdLengthMax), {
        minItems: 1,
        maxItems: limits.requestSeatsMax,
        uniqueItems: true,
      }),
    },
    strict,
  ),
  Type.Object(
    {
      ...common,
      type: Type.Literal('reserve'),
      bestAvailable: Type.Object(
        {
          count: Type.Integer({ minimum: 1, maximum: limits.requestSeatsMax }),
          sectionId: Type.Optional(Id(limits.seatIdLengthMax)),
        },
        strict,
      ),
    },
    strict,
  ),
  Type.Object(
    { ...common, type: Type.Enum(['pay', 'extend', 'cancel', 'refund', 'pause', 'resume']) },
    strict,
  ),
])
export type Command = Static<typeof Command>

/** Not a command: asks the partition's owner to end the holds that are overdue at `until` (ms, master's time). */
const Wake = Type.Object({ until: Time }, strict)
export type Wake = Static<typeof Wake>

const Envelope = Compile(
  Type.Union([
    Type.Object(
      { v: Type.Literal(envelopeVersion), commands: Type.Array(Type.Unknown(), { minItems: 1 }) },
      strict,
    ),
    Type.Object({ v: Type.Literal(envelopeVersion), wake: Wake }, strict),
  ]),
)
const validCommand = Compile(Command)

export const encodeCommands = (commands: readonly Command[]): Buffer =>
  Buffer.from(JSON.stringify({ v: envelopeVersion, commands }))

export const encodeWake = (wake: Wake): Buffer => Buffer.from(JSON.stringify({ v: envelopeVersion, wake }))

export interface Unreadable {
  readonly bytes: Buffer
  readonly reason: string
}

export interface Decoded {
  readonly commands: Command[]
  readonly wakes: Wake[]
  readonly unreadable: Unreadable[]
}

/** @throws {UnknownVersion} for an envelope of another version: only a newer server can have sent it. */
export function decode(bytes: Buffer): Decoded {
  const decoded: Decoded = { commands: [], wakes: [], unreadable: [] }
  let document: unknown
  try {
    document = JSON.parse(bytes.toString('utf8'))
  } catch {
    return { ...decoded, unreadable: [{ bytes, reason: 'not JSON' }] }
  }
  const version = (document as { v?: unknown } | null)?.v
  if (typeof version === 'number' && version !== envelopeVersion)
    throw new UnknownVersion(`envelope version ${version}; this server knows ${envelopeVersion}`)
  if (!Envelope.Check(document)) return { ...decoded, unreadable: [{ bytes, reason: 'not an envelope' }] }
  if ('wake' in document) return { ...decoded, wakes: [document.wake] }

  for (const each of document.commands) {
    if (validCommand.Check(each)) decoded.commands.push(each)
    else decoded.unreadable.push({ bytes: Buffer.from(JSON.stringify(each)), reason: firstFault(each) })
  }
  return decoded
}

/** A single command as it was parked; null for bytes that are none. */
export function readCommand(bytes: Buffer): Command | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return validCommand.Check(value) ? value : null
  } catch {
    return null
  }
}

function firstFault(value: unknown): string {
  const [fault] = validCommand.Errors(value)
  return fault ? `not a command: ${fault.instancePath} ${fault.message}` : 'not a command'
}

/** SHA-256 over length-prefixed parts, so that no two lists of parts give the same bytes; its first `characters`. */
function digest(parts: readonly string[], characters: number): string {
  let text = ''
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`
  return hash('sha256', text, 'base64url').slice(0, characters)
}

/** The same user, operation, target and key are the same command; 24 characters. */
export const commandId = (
  userId: string,
  operation: string,
  target: string,
  idempotencyKey: string,
): string => digest([userId, operation, target, idempotencyKey], 24)

/** Of a parked command that is sent again, whoever sends it. */
export const redriveId = (
  { userId }: Pick<Command, 'userId'>,
  parkedId: string,
  idempotencyKey: string,
): string => commandId(userId, 'retry', parkedId, idempotencyKey)

/** Of a body as validated: the order of its members does not count, the order of lists does. 22 characters. */
export const fingerprint = (body: unknown): string => digest([canonical(body)], 22)

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  let members = ''
  for (const name of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[name]
    if (member === undefined) continue
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${canonical(member)}`
  }
  return `{${members}}`
}

/** The expiry of one hold at one deadline happens once, whoever asks for it. */
export const expiryId = (reservationId: string, deadline: number): string =>
  digest(['expire', reservationId, String(deadline)], 24)

/**
 * `<show>.<digest>.<mac>`: the show finds the partition, the MAC over (user, show, digest) shows the owner,
 * and nobody can guess or probe one. The key is kept for as long as reservations are.
 */
export function reservationId(key: Buffer, userId: string, showId: string, idempotencyKey: string): string {
  const own = digest([userId, idempotencyKey], 16)
  return `${showId}.${own}.${ownerMac(key, userId, showId, own)}`
}

const ownerMac = (key: Buffer, userId: string, showId: string, own: string): string =>
  createHmac('sha256', prepared(key))
    .update(`${Buffer.byteLength(userId)}:${userId}${Buffer.byteLength(showId)}:${showId}${own}`)
    .digest('base64url')
    .slice(0, 16)

const preparedKeys = new WeakMap<Buffer, KeyObject>()

function prepared(key: Buffer): KeyObject {
  const known = preparedKeys.get(key) ?? signingKey(key)
  preparedKeys.set(key, known)
  return known
}

/** The show of a reservation id, or null if the text is none. */
export function showOfReservation(id: string): string | null {
  const [showId, own, mac, ...rest] = id.split('.')
  return showId && own?.length === 16 && mac?.length === 16 && rest.length === 0 ? showId : null
}

export function ownsReservation(key: Buffer, userId: string, id: string): boolean {
  const showId = showOfReservation(id)
  if (showId === null) return false
  const [, own = '', mac = ''] = id.split('.')
  const given = Buffer.from(mac)
  const expected = Buffer.from(ownerMac(key, userId, showId, own))
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** The partition of a show, the same on every server: the first four bytes of its SHA-256. */
export const partitionOf = (showId: string, partitions: number): number =>
  hash('sha256', showId, 'buffer').readUInt32BE(0) % partitions
