// What the routes about machines have in common: how a chart looks to a client, and how a machine is named.
import { Type } from 'typebox'
import { HoldfastError } from '../engine/errors.ts'
import { findMachine, type RegisteredMachine } from '../machines/registry.ts'
import { Named, Nullable } from './schemas.ts'

export const ChartSchema = Named('Chart', {
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
  sources: Type.Record(Type.String(), Type.String()),
})
export const MachineNameParameter = Type.String({ pattern: '^[a-z]{1,32}$', examples: ['reservation'] })
export const VersionParameter = Type.String({ pattern: '^[1-9][0-9]{0,5}$', examples: ['1'] })

/** @throws {HoldfastError} `not_found` */
export function machineOf(name: string, version: string | number): RegisteredMachine {
  const machine = findMachine(name, Number(version))
  if (machine === undefined) throw new HoldfastError('not_found', `There is no machine ${name}@${version}.`)
  return machine
}
