// The machines that decide, for whoever draws them: the chart that runs, as data, with its rules in words.
import { Type } from 'typebox'
import { HoldfastError } from '../../engine/errors.ts'
import { definitionHash } from '../../engine/machines.ts'
import { chartOf } from '../../machines/chart.ts'
import { findMachine, type RegisteredMachine, registry } from '../../machines/registry.ts'
import { reservationRules } from '../../machines/rules.ts'
import type { App, HttpParts } from '../parts.ts'
import { answers, Nullable, Strict } from '../schemas.ts'

const Machine = Type.Object({
  name: Type.String(),
  version: Type.Integer(),
  /** New subjects begin with it. */
  isActive: Type.Boolean(),
  definitionHash: Type.String(),
})
const Words = Type.Object({ rule: Type.String(), broken: Type.String() })
const Chart = Type.Object({
  ...Machine.properties,
  initial: Type.String(),
  states: Type.Array(Type.Object({ name: Type.String(), isEnd: Type.Boolean() })),
  branches: Type.Array(
    Type.Object({
      from: Type.String(),
      event: Type.String(),
      to: Type.String(),
      rule: Type.Union([Type.Object({ name: Type.String(), mustHold: Type.Boolean() }), Type.Null()]),
      code: Nullable(Type.String()),
      effects: Type.Array(Type.String()),
    }),
  ),
  rules: Type.Record(Type.String(), Type.Object({ en: Words, ko: Words })),
})

export function machineRoutes(app: App, { machineVersions }: HttpParts): void {
  const config = { access: ['developer', 'admin'] } as const
  const tags = ['machines']

  app.get(
    '/v1/machines',
    {
      config,
      schema: {
        tags,
        summary: 'Every machine that this server can run',
        response: answers({ 200: Type.Object({ items: Type.Array(Machine) }) }),
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
        params: Strict({
          name: Type.String({ pattern: '^[a-z]{1,32}$' }),
          version: Type.String({ pattern: '^[1-9][0-9]{0,5}$' }),
        }),
        response: answers({ 200: Chart }),
      },
    },
    async ({ params: { name, version } }) => {
      const machine = findMachine(name, Number(version))
      if (machine === undefined)
        throw new HoldfastError('not_found', `There is no machine ${name}@${version}.`)
      const { initial, states, branches } = chartOf(machine.machine)
      const asked = new Set(branches.flatMap(({ rule }) => (rule === null ? [] : [rule.name])))
      const rules = Object.fromEntries(Object.entries(reservationRules).filter(([rule]) => asked.has(rule)))
      return {
        ...describe(machine, await machineVersions.active()),
        ...{ initial, states: [...states], rules },
        branches: branches.map((branch) => ({ ...branch, effects: [...branch.effects] })),
      }
    },
  )
}

const describe = (machine: RegisteredMachine, active: ReadonlyMap<string, number>) => ({
  name: machine.name,
  version: machine.version,
  isActive: active.get(machine.name) === machine.version,
  definitionHash: definitionHash(machine),
})
