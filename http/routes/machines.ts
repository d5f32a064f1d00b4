// The machines that decide, for whoever draws them: the chart that runs, as data, with its rules in words; and what each
// does now.
import { Type } from 'typebox'
import { HoldfastError } from '../../engine/errors.ts'
import { definitionHash } from '../../engine/machines.ts'
import { chartOf } from '../../machines/chart.ts'
import { type MachineName, type RegisteredMachine, registry } from '../../machines/registry.ts'
import { reservationRules } from '../../machines/rules.ts'
import { ChartSchema, MachineNameParameter, machineOf, VersionParameter } from '../chart-views.ts'
import type { EventStreams } from '../event-streams.ts'
import { LiveAudience } from '../live-figures.ts'
import type { OverdueWatch } from '../overdue-watch.ts'
import type { App, HttpParts } from '../parts.ts'
import { answers, Count, described, Named, Nullable, Strict, streamed, Time } from '../schemas.ts'

const Machine = Named('Machine', {
  name: Type.String(),
  version: Type.Integer(),
  /** New subjects begin with it. */
  isActive: Type.Boolean(),
  definitionHash: Type.String(),
})
const Words = Type.Object({ rule: Type.String(), broken: Type.String() })
const Described = Named('MachineWithChart', {
  ...Machine.properties,
  ...ChartSchema.properties,
  rules: Type.Record(Type.String(), Type.Object({ en: Words, ko: Words })),
})

const Milliseconds = Type.Integer({ minimum: 0 })
const Live = Named('LiveFigures', {
  at: Time,
  since: Nullable(Time),
  partitionsTold: Count,
  partitionsWhole: Count,
  partitions: Count,
  queued: Count,
  retriesLastMinute: Count,
  versions: Type.Array(
    Type.Object({
      version: Type.Integer(),
      states: Type.Array(
        Type.Object({
          state: Type.String(),
          count: Count,
          dwell: Type.Union([
            Type.Object({ medianMs: Milliseconds, p95Ms: Milliseconds, p99Ms: Nullable(Milliseconds) }),
            Type.Null(),
          ]),
        }),
      ),
      flows: Type.Array(
        Type.Object({ branch: Type.Integer(), total: Count, lastMinute: Count, perSecond: Type.Number() }),
      ),
    }),
  ),
})

function nameOf(name: string): MachineName {
  const machine = registry.find((each) => each.name === name)
  if (machine === undefined) throw new HoldfastError('not_found', `There is no machine ${name}.`)
  return machine.name
}

export function machineRoutes(
  app: App,
  parts: HttpParts,
  { streams, overdue }: { readonly streams: EventStreams; readonly overdue: OverdueWatch },
): void {
  const { machineVersions } = parts
  const audience = new LiveAudience(parts, overdue)
  const config = { access: ['developer', 'admin'] } as const
  const tags = ['machines']

  app.get(
    '/v1/machines',
    {
      config,
      schema: {
        tags,
        summary: 'Every machine that this server can run',
        response: answers({
          200: described(
            Type.Object({ items: Type.Array(Machine) }),
            'The machines, and which of them are active',
          ),
        }),
      },
    },
    async () => {
      const active = await machineVersions.active()
      return { items: registry.map((machine) => describe(machine, active)) }
    },
  )

  app.get(
    '/v1/machines/:name/:version',
    {
      config,
      schema: {
        tags,
        summary: 'One machine’s chart, with its rules in words',
        params: Strict({ name: MachineNameParameter, version: VersionParameter }),
        response: answers({
          200: described(Described, 'The chart as data, and its rules in English and Korean'),
        }),
      },
    },
    async ({ params: { name, version } }) => {
      const machine = machineOf(name, version)
      const { initial, states, branches, sources } = chartOf(machine.machine)
      const asked = new Set(branches.flatMap(({ rule }) => (rule === null ? [] : [rule.name])))
      const rules = Object.fromEntries(Object.entries(reservationRules).filter(([rule]) => asked.has(rule)))
      return {
        ...describe(machine, await machineVersions.active()),
        initial,
        states: [...states],
        rules,
        sources,
        branches: branches.map((branch) => ({ ...branch, effects: [...branch.effects] })),
      }
    },
  )

  app.get(
    '/v1/machines/:name/live',
    {
      config,
      schema: {
        tags,
        summary: 'How many are in each state, how long they stay, and how often each branch is taken',
        params: Strict({ name: MachineNameParameter }),
        response: answers({
          200: described(Live, 'The figures of every version, as far as partitions have told them'),
        }),
      },
    },
    async ({ params: { name } }) => audience.read(nameOf(name)),
  )

  app.get(
    '/v1/machines/:name/live/stream',
    {
      exposeHeadRoute: false,
      config,
      schema: {
        tags,
        summary:
          'The same, pushed once a second as events `live`; who is overdue, as events `overdue` when it changes',
        params: Strict({ name: MachineNameParameter }),
        response: streamed,
      },
    },
    async (request, reply) => {
      const name = nameOf(request.params.name)
      return streams.answer(reply, (stream) => audience.join(name, stream))
    },
  )
}

const describe = (machine: RegisteredMachine, active: ReadonlyMap<string, number>) => ({
  name: machine.name,
  version: machine.version,
  isActive: active.get(machine.name) === machine.version,
  definitionHash: definitionHash(machine),
})
