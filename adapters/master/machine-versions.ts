// Which versions of the machines exist, and which one a new subject begins with. A row is written once and only its
// `active` moves: what made a decision stays what it was.
import { UnknownVersion } from '../../engine/failures.ts'
import type { MachineVersions } from '../../engine/ports.ts'
import type { Database } from './connect.ts'
import { inTransaction, type Session } from './session.ts'

type Machine = Parameters<MachineVersions['register']>[0][number]

export const machineVersions = ({ dialect, queries }: Database): MachineVersions => ({
  register: (machines) =>
    inTransaction(dialect, queries, async (session) => {
      await lock(session)
      const ascending = [...machines].sort((a, b) => a.name.localeCompare(b.name) || a.version - b.version)
      for (const machine of ascending) await registerOne(session, machine)
    }),

  async active() {
    const records = await queries('machines').where({ active: 1 }).select('name', 'version')
    return new Map(records.map(({ name, version }) => [name, version]))
  },

  activate: (name, version) =>
    inTransaction(dialect, queries, async (session) => {
      await lock(session)
      await session.change('UPDATE machines SET active = 0 WHERE name = ?', [name])
      const update = 'UPDATE machines SET active = 1 WHERE name = ? AND version = ?'
      if ((await session.change(update, [name, version])) !== 1)
        throw new UnknownVersion(`no server has registered the machine ${name}@${version}`)
    }),
})

/** Servers that start together take turns. */
async function lock(session: Session): Promise<void> {
  await session.rows(`SELECT name FROM settings WHERE name = 'partitions'${session.dialect.forUpdate}`)
}

/** @throws {UnknownVersion} when this version of the machine was another one when it was shipped */
async function registerOne(session: Session, { name, version, definitionHash }: Machine): Promise<void> {
  const known = await session.rows<Omit<Machine, 'name'>>(
    'SELECT version, definition_hash AS definitionHash FROM machines WHERE name = ?',
    [name],
  )
  const same = known.find((machine) => machine.version === version)
  if (same && same.definitionHash !== definitionHash)
    throw new UnknownVersion(
      `the machine ${name}@${version} differs from the one that made decisions here: a change needs a new version`,
    )
  if (same) return
  await session.change('INSERT INTO machines (name, version, definition_hash, active) VALUES (?, ?, ?, ?)', [
    name,
    version,
    definitionHash,
    known.length === 0 ? 1 : 0,
  ])
}
