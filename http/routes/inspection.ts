// For the visualizer: who is in a state, who took a branch, who is overdue, and one subject with every step of its way.
// Read from the replica, a bounded page at a time.
import { type Static, Type } from 'typebox'
import { showOfReservation } from '../../engine/command.ts'
import { HoldfastError } from '../../engine/errors.ts'
import { findSubjects } from '../../engine/inspect.ts'
import { type JournalEntry, openEntry } from '../../engine/journal.ts'
import { limits } from '../../engine/limits.ts'
import type { LookUps } from '../../engine/ports.ts'
import { chartOf } from '../../machines/chart.ts'
import { mermaidOfPath } from '../../visualizer/mermaid.ts'
import { MachineNameParameter, machineOf, VersionParameter } from '../chart-views.ts'
import { lookUpsFor } from '../consistency.ts'
import {
  FoundView,
  OverdueView,
  Step,
  Subject,
  showFound,
  showStep,
  showSubject,
} from '../inspection-views.ts'
import type { OverdueWatch } from '../overdue-watch.ts'
import { decodeCursor, encodeCursor, limitOf } from '../pages.ts'
import type { App, HttpParts } from '../parts.ts'
import {
  answers,
  described,
  Named,
  OpaqueId,
  PageQuery,
  pageAsOf,
  rfc3339,
  Slug,
  Strict,
  Time,
} from '../schemas.ts'

const Name = Type.String({ pattern: '^\\w{1,64}$' })
const Seconds = Type.String({ pattern: '^\\d{1,9}$', description: 'seconds' })
const SubjectsQuery = Strict({
  ...PageQuery.properties,
  cursor: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,4096}$' })),
  state: Type.Optional(Name),
  branch: Type.Optional(Type.String({ pattern: '^\\d{1,4}$', description: 'its place in the chart' })),
  showId: Type.Optional(Slug),
  code: Type.Optional(Name),
  ageMin: Type.Optional(Seconds),
  ageMax: Type.Optional(Seconds),
})
const Cursor = Type.Array(Type.Tuple([Slug, Type.Integer({ minimum: 1 })]))

const Way = Named('SubjectHistory', {
  subject: Subject,
  machine: Type.String(),
  version: Type.Integer(),
  steps: Type.Array(Step),
  /** There are more than are shown. */
  isCut: Type.Boolean(),
  asOf: Time,
})

export function inspectionRoutes(app: App, parts: HttpParts, overdue: OverdueWatch): void {
  const { clock } = parts
  const lookUpsOf = lookUpsFor(parts)
  const config = { access: ['developer', 'admin'] } as const
  const tags = ['machines']

  app.get(
    '/v1/machines/:name/:version/subjects',
    {
      config,
      schema: {
        tags,
        summary: 'Who is in a state now, or took a branch lately; the latest first',
        params: Strict({ name: MachineNameParameter, version: VersionParameter }),
        querystring: SubjectsQuery,
        response: answers({
          200: described(
            pageAsOf(FoundView),
            'A page of subjects, each with the decision that it was found by',
          ),
        }),
      },
    },
    async (request) => {
      const { params, query } = request
      const { name, version, machine } = machineOf(params.name, params.version)
      const { showId, code } = query
      const places = decodeCursor(Cursor, query.cursor)
      const lookUps = await lookUpsOf(request)
      const { items, next } = await findSubjects(
        lookUps,
        {
          machine: { name, version, chart: chartOf(machine) },
          where: whereOf(query),
          limit: limitOf(query),
          ...(showId !== undefined && { showId }),
          ...(code !== undefined && { code }),
          ...(query.ageMin !== undefined && { ageMinMs: Number(query.ageMin) * 1_000 }),
          ...(query.ageMax !== undefined && { ageMaxMs: Number(query.ageMax) * 1_000 }),
          ...(places !== undefined && { places: new Map(places) }),
        },
        clock.now(),
      )
      return {
        items: items.map(showFound),
        nextCursor: next === null ? null : encodeCursor([...next]),
        asOf: rfc3339(lookUps.asOf),
      }
    },
  )

  app.get(
    '/v1/machines/:name/:version/subjects/:id',
    {
      config,
      schema: {
        tags,
        summary: 'One subject with every step of its way: facts, verdicts, effects',
        params: Strict({ name: MachineNameParameter, version: VersionParameter, id: OpaqueId }),
        response: answers({
          200: described(
            Way,
            'The subject, and its steps in their order, each with the machine that decided it',
          ),
        }),
      },
    },
    async (request) => {
      const { name, version, machine } = machineOf(request.params.name, request.params.version)
      const lookUps = await lookUpsOf(request)
      const { subject, entries } = await wayOf(lookUps, request.params.id)
      const chart = chartOf(machine)
      return {
        subject,
        machine: name,
        version,
        asOf: rfc3339(lookUps.asOf),
        steps: entries.map((entry) => showStep(chart, entry)),
        isCut: entries.length === limits.inspectionHistoryMax,
      }
    },
  )

  app.get(
    '/v1/machines/:name/:version/subjects/:id/mermaid',
    {
      config,
      schema: {
        tags,
        summary: 'The way of one subject as a Mermaid diagram',
        params: Strict({ name: MachineNameParameter, version: VersionParameter, id: OpaqueId }),
        produces: ['text/plain'],
        response: answers({ 200: described(Type.String(), 'The diagram') }),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { name, machine } = machineOf(request.params.name, request.params.version)
      const { entries } = await wayOf(await lookUpsOf(request), id)
      if (!entries.every((entry) => entry.machine.startsWith(`${name}@`)))
        throw new HoldfastError('not_found', `No machine named ${name} has decided about ${id}.`)
      const chart = chartOf(machine)
      const steps = entries.map((entry) => showStep(chart, entry))
      return reply.type('text/plain; charset=utf-8').send(mermaidOfPath(chart.initial, steps))
    },
  )

  app.get(
    '/v1/machines/overdue',
    {
      config,
      schema: {
        tags,
        summary: 'Reservations past their deadline or waiting long, parked commands, and those sent again',
        response: answers({
          200: described(OverdueView, 'Who is overdue, what is parked, and what was sent again'),
        }),
      },
    },
    // All who ask within a few seconds get the same, but for who wants to see what was written just now.
    async (request) =>
      request.headers['consistency-token'] === undefined
        ? overdue.read()
        : overdue.readFrom(await lookUpsOf(request)),
  )
}

function whereOf({ state, branch }: Static<typeof SubjectsQuery>) {
  if ((state === undefined) === (branch === undefined))
    throw new HoldfastError('invalid_request', 'querystring must name either a state or a branch.')
  return state === undefined ? { branch: Number(branch) } : { state }
}

async function wayOf(
  lookUps: LookUps,
  id: string,
): Promise<{ subject: Static<typeof Subject>; entries: JournalEntry[] }> {
  const [rows, [reservation]] = await Promise.all([
    lookUps.entriesOf(id, limits.inspectionHistoryMax),
    showOfReservation(id) === null ? [] : lookUps.reservations([id]),
  ])
  const entries = rows.map(openEntry)
  const last = entries.at(-1)
  if (last === undefined) throw new HoldfastError('not_found', `Nothing was decided about ${id}.`)
  return { subject: showSubject(last, reservation ?? null), entries }
}
