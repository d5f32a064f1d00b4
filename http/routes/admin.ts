// What an administrator puts on sale: venues from seating plans, concerts, shows with their prices and rules.
import { type Static, Type } from 'typebox'
import { HoldfastError } from '../../engine/errors.ts'
import { limits } from '../../engine/limits.ts'
import type { ScheduledShow } from '../../engine/ports.ts'
import { parseSeatingPlan, SeatingPlanError } from '../../engine/seating-plan.ts'
import type { App, HttpParts } from '../parts.ts'
import { answers, Count, described, Named, Price, Slug, strict, Time, text } from '../schemas.ts'
import { Concert } from './catalogue.ts'

const smallPlan = {
  name: 'Parlour',
  size: { width: 100, height: 100 },
  categories: [{ name: 'Sofa' }],
  zones: [
    {
      name: 'Parlour',
      zone_id: 'P',
      position: { x: 0, y: 0 },
      rows: [
        {
          row_number: '1',
          seats: ['1', '2'].map((seat_number, x) => ({
            seat_guid: `P-1-${seat_number}`,
            seat_number,
            position: { x, y: 0 },
            category: 'Sofa',
          })),
        },
      ],
    },
  ],
}
const VenueBody = Named(
  'NewVenue',
  {
    id: Slug,
    name: text(200),
    plan: Type.Unknown({ description: "A seating plan in pretix's open format" }),
  },
  { ...strict, examples: [{ id: 'parlour', name: 'Parlour', plan: smallPlan }] },
)
const Venue = Named('Venue', { id: Type.String(), name: Type.String(), seatCount: Count })
const NewConcert = Named(
  'NewConcert',
  { id: Slug, name: text(200), description: text(2_000, 0) },
  {
    ...strict,
    examples: [{ id: 'recital', name: 'Recital', description: 'An evening at the piano.' }],
  },
)

const ShowBody = Named(
  'NewShow',
  {
    id: Slug,
    concertId: Slug,
    venueId: Slug,
    startsAt: Time,
    opensAt: Time,
    closesAt: Time,
    prices: Type.Record(Type.String({ maxLength: 200 }), Price, {
      description: "Minor units, for each category of the venue's plan",
      // Of a name with a separator of lines the schema's pattern knows nothing.
      additionalProperties: false,
    }),
    holdTtlMs: Type.Optional(Type.Integer({ minimum: limits.holdTtlMinMs, maximum: limits.holdTtlMaxMs })),
    seatLimit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.requestSeatsMax })),
    extensionMs: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.holdTtlMaxMs })),
    extensionsMax: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    refundableUntil: Type.Optional(Time),
    hasWaitingRoom: Type.Optional(Type.Boolean()),
  },
  {
    ...strict,
    examples: [
      {
        id: 'demo-3',
        concertId: 'demo',
        venueId: 'riethsporthalle',
        startsAt: '2099-12-28T10:00:00Z',
        opensAt: '2026-01-01T00:00:00Z',
        closesAt: '2099-12-28T10:00:00Z',
        prices: { VIP: 154_000, 'Kategorie I': 110_000, 'Kategorie II': 88_000 },
      },
    ],
  },
)
const Made = Named('MadeShow', { id: Type.String() })

export function adminRoutes(app: App, { administration, master, settings }: HttpParts): void {
  const config = { access: ['admin'], isWrite: true } as const
  const tags = ['administration']
  const description = 'The same content under the same id again changes nothing; other content is refused.'

  app.post(
    '/v1/admin/venues',
    {
      config,
      bodyLimit: limits.planBodyBytesMax,
      schema: {
        tags,
        summary: 'A venue from its seating plan',
        description,
        body: VenueBody,
        response: answers({ 201: described(Venue, 'The venue, with the number of its seats') }),
      },
    },
    async ({ body: { id, name, plan } }, reply) => {
      const seatCount = checkedPlan(plan).seats.length
      await administration.createVenue({ id, name, seatCount, plan })
      return reply.code(201).send({ id, name, seatCount })
    },
  )

  app.post(
    '/v1/admin/concerts',
    {
      config,
      schema: {
        tags,
        summary: 'A concert',
        description,
        body: NewConcert,
        response: answers({ 201: described(Concert, 'The concert') }),
      },
    },
    async ({ body }, reply) => {
      await administration.createConcert(body)
      return reply.code(201).header('Location', `/v1/concerts/${body.id}`).send(body)
    },
  )

  app.post(
    '/v1/admin/shows',
    {
      config,
      schema: {
        tags,
        summary: 'A show with its prices and rules',
        description,
        body: ShowBody,
        response: answers({ 201: described(Made, 'The id of the show') }),
      },
    },
    async ({ body }, reply) => {
      const show = scheduledShow(body, settings)
      const plan = await master.plan(show.venueId)
      if (plan === null || plan === undefined)
        throw new HoldfastError('not_found', `There is no venue ${show.venueId}.`)
      checkPrices(
        show.prices,
        parseSeatingPlan(plan).categories.map(({ name }) => name),
      )
      await administration.createShow(show)
      return reply.code(201).header('Location', `/v1/shows/${show.id}`).send({ id: show.id })
    },
  )
}

function checkedPlan(document: unknown) {
  try {
    checkMembers(document, 'plan', 0)
    return parseSeatingPlan(document)
  } catch (error) {
    if (error instanceof SeatingPlanError)
      throw new HoldfastError('invalid_request', `body.plan: ${error.message}.`)
    throw error
  }
}

/** Whoever reads the plan later may call itself for each level of it. */
function checkMembers(value: unknown, path: string, depth: number): void {
  checkText(value, path)
  if (typeof value !== 'object' || value === null) return
  if (depth === limits.planDepthMax)
    throw new HoldfastError(
      'invalid_request',
      `body.plan must not be nested deeper than ${limits.planDepthMax} levels.`,
    )
  for (const [name, member] of Object.entries(value)) {
    checkText(name, path)
    checkMembers(member, `${path}.${name}`, depth + 1)
  }
}

/** Names in a plan reach journals, pages and other servers: halves of surrogate pairs, control characters and ends of lines don't. */
function checkText(value: unknown, path: string): void {
  if (typeof value === 'string' && /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(value))
    throw new HoldfastError(
      'invalid_request',
      `body.${path} must not have control characters, ends of lines or broken Unicode.`,
    )
}

function scheduledShow(body: Static<typeof ShowBody>, settings: HttpParts['settings']): ScheduledShow {
  const { startsAt, opensAt, closesAt, refundableUntil, ...others } = body
  const show = {
    holdTtlMs: settings.holdTtlMs,
    seatLimit: settings.seatLimit,
    extensionMs: 0,
    extensionsMax: 0,
    hasWaitingRoom: false,
    ...others,
    currency: settings.currency,
    startsAt: msOf(startsAt, 'startsAt'),
    opensAt: msOf(opensAt, 'opensAt'),
    closesAt: msOf(closesAt, 'closesAt'),
    refundableUntil: refundableUntil === undefined ? 0 : msOf(refundableUntil, 'refundableUntil'),
  }
  if (show.opensAt >= show.closesAt)
    throw new HoldfastError('invalid_request', 'body.opensAt must be before closesAt.')
  if (show.opensAt >= show.startsAt)
    throw new HoldfastError('invalid_request', 'body.opensAt must be before startsAt.')
  if (show.extensionsMax > 0 && show.extensionMs === 0)
    throw new HoldfastError(
      'invalid_request',
      'body.extensionMs must be above zero where holds can be extended.',
    )
  return show
}

function msOf(time: string, member: string): number {
  const ms = Date.parse(time)
  if (!Number.isFinite(ms) || ms < 0)
    throw new HoldfastError('invalid_request', `body.${member} is no time after 1970.`)
  return ms
}

function checkPrices(prices: Readonly<Record<string, number>>, categories: readonly string[]): void {
  const missing = categories.filter((name) => !Object.hasOwn(prices, name))
  if (missing.length > 0)
    throw new HoldfastError(
      'invalid_request',
      `body.prices must have ${missing.map((name) => `'${name}'`).join(', ')}.`,
    )
  const unknown = Object.keys(prices).filter((name) => !categories.includes(name))
  if (unknown.length > 0)
    throw new HoldfastError(
      'invalid_request',
      "body.prices must have the categories of the venue's plan alone.",
    )
}
