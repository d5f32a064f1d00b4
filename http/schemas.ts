// The building blocks of the contract: what ids, times, money and pages look like on the wire. Everything is strict:
// nothing is coerced, and a member that is not named here is refused. The examples are of the demo concert, and work there.
import { type Static, type TObject, type TProperties, type TSchema, type TSchemaOptions, Type } from 'typebox'
import { limits } from '../engine/limits.ts'
import { roles, userIdPattern } from './auth.ts'
import { problemType } from './problem.ts'

export const strict = { additionalProperties: false } as const

export const Strict = <Properties extends TProperties>(
  properties: Properties,
  options: TSchemaOptions = {},
): TObject<Properties> => Type.Object(properties, { ...options, ...strict })

/** An object that stands in the contract once, under this name. */
export const Named = <Properties extends TProperties>(
  name: string,
  properties: Properties,
  options: TSchemaOptions = {},
): TObject<Properties> => Type.Object(properties, { ...options, title: name })

/** Null or the schema's type; without a union, which would be slow to write. */
export const Nullable = <Schema extends TSchema & { type: string }>(schema: Schema) =>
  Type.Unsafe<Static<Schema> | null>({ ...schema, type: [schema.type, 'null'] })

/** Ids that an administrator chooses; a reservation's id is made of its show's, with dots. */
export const slugForm = `[A-Za-z0-9_-]{1,${limits.showIdLengthMax}}`
export const Slug = Type.String({ pattern: `^${slugForm}$` })
export const slugLike = (example: string) => Type.String({ pattern: `^${slugForm}$`, examples: [example] })
export const ShowId = slugLike('demo-1')
export const UserId = Type.String({ pattern: userIdPattern, examples: ['ann'] })
export const SeatId = Type.String({ pattern: `^[!-~]{1,${limits.seatIdLengthMax}}$` })
/** Read, never parsed: what is not one of ours is not found. */
export const OpaqueId = Type.String({ pattern: '^[!-~]{1,128}$' })
export const Role = Type.Enum([...roles])

/** Without control characters and halves of surrogate pairs. */
export const text = (maxLength: number, minLength = 1) =>
  Type.String({ minLength, maxLength, pattern: '^[^\\p{Cc}\\p{Cs}]*$' })

export const SectionId = text(limits.seatIdLengthMax)

/** RFC 3339, with milliseconds where we write it. */
export const Time = Type.String({ format: 'date-time' })
export const Currency = Type.String({ description: 'ISO 4217' })
export const MinorUnits = Type.Integer({ description: "in the currency's minor unit" })
export const Amount = Type.Integer({ minimum: 1, maximum: limits.amountMax })
export const Price = Type.Integer({ minimum: 0, maximum: limits.amountMax })
export const Count = Type.Integer({ minimum: 0 })

export const rfc3339 = (ms: number): string => new Date(ms).toISOString()
export const rfc3339OrNull = (ms: number | null): string | null => (ms === null ? null : rfc3339(ms))

// ── requests ──────────────────────────────────────────────────────────────────────────────────────────────

/** Of a POST that says all in its address and headers. */
export const NoBody = Type.Union([Type.Null(), Strict({})], { examples: [{}] })

/** Bytes of the header's value, which Node hands over as Latin-1: what was sent is compared, nothing is read into it. */
const keyPattern = `^[\\x20-\\x7e\\x80-\\xff]{1,${limits.idempotencyKeyLengthMax}}$`

export const CommandHeaders = Type.Object({
  'idempotency-key': Type.String({
    pattern: keyPattern,
    examples: ['my-first-try'],
    description:
      '1 to 255 bytes of your own choice without control characters, compared byte for byte; new for each new request, the same ' +
      'for a repeat. Blanks at its ends are not part of it, as HTTP has it, unless they stand in quotes, which are. It counts per ' +
      'user, kind of command and target: the show that seats are asked of, or the reservation, balance or show that the command is ' +
      'about. With another user, kind or target the same key makes another command. To retry a parked command it counts per ' +
      'parked command, whoever sends it.',
  }),
  prefer: Type.Optional(
    Type.String({
      maxLength: 255,
      examples: ['wait=5'],
      description:
        '`wait=N` waits for the decision, 10 seconds at most; `consistency-token` asks for a token with it.',
    }),
  ),
})

export const PageQuery = Strict({
  limit: Type.Optional(
    Type.String({ pattern: '^([1-9][0-9]?|100)$', description: '1 to 100, 20 without it' }),
  ),
  cursor: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,512}$' })),
})

// ── answers ───────────────────────────────────────────────────────────────────────────────────────────────

export const ProblemDocument = Named(
  'Problem',
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    whatNext: Type.String(),
    requestId: Type.String(),
  },
  {
    additionalProperties: true,
    description: 'RFC 9457. `code` is one of docs/ERRORS.md; some carry more members.',
  },
)

const problemResponse = {
  description: 'What went wrong and what to do next',
  content: { [problemType]: { schema: ProblemDocument } },
}

/** The answers of a route: its own, and problems. */
export const answers = <Own extends Record<number, unknown>>(own: Own) => ({
  ...own,
  default: problemResponse,
})

/** Says in the contract what the answer is. */
export const described = <Schema extends TSchema>(schema: Schema, description: string): Schema => ({
  ...schema,
  'x-response-description': description,
})

/** Events until it is hung up, or a problem. */
export const streamed = answers({
  200: { description: 'Server-sent events', content: { 'text/event-stream': { schema: Type.String() } } },
})

export const page = <Item extends TSchema>(item: Item) =>
  Type.Object({ items: Type.Array(item), nextCursor: Nullable(Type.String()) })

/** A page of the replica's, with the time that it speaks of. */
export const pageAsOf = <Item extends TSchema>(item: Item) =>
  Type.Object({ items: Type.Array(item), nextCursor: Nullable(Type.String()), asOf: Time })
