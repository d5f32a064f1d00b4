// Run when every app server runs a release that knows a new version of a machine, with their settings: from then on
// reservations begin with it. Those that began with another version end on that one.
import { connect } from '../adapters/master/connect.ts'
import { machineVersions } from '../adapters/master/machine-versions.ts'
import { servers } from '../adapters/master/servers.ts'
import { readConfig } from '../config.ts'
import { limits } from '../engine/limits.ts'

/**
 * @param machine as `name@version`; an earlier version, too, which goes back
 * @returns how many live servers know it
 * @throws {Error} with a sentence where one of them does not, and where nobody has registered it
 */
export async function activateMachine(masterUrl: string, machine: string): Promise<number> {
  const [, name, version] = /^([a-z]+)@([1-9]\d{0,8})$/.exec(machine) ?? []
  if (name === undefined) throw new Error(`A machine is named as in reservation@2, not ${machine}.`)
  const database = connect(masterUrl)
  try {
    const now = await database.dialect.timeMs(database.queries)
    const live = await servers(database).live(now - limits.serverSilenceMaxMs)
    const without = live.filter(({ machines }) => !machines.includes(machine)).map(({ server }) => server)
    if (without.length > 0)
      throw new Error(
        `${without.join(', ')} cannot run ${machine}: finish the upgrade first. Nothing was changed.`,
      )
    await machineVersions(database).activate(name, Number(version))
    return live.length
  } finally {
    await database.close()
  }
}

/** A sentence for whoever activated it. */
export const activated = (machine: string, live: number): string =>
  `${machine} is active: what begins from now on begins with it; ${live} servers know it.`

if (import.meta.main) {
  const { services } = readConfig(process.env)
  if (services === null) throw new Error('MASTER_URL and its kin must be set: this is for a deployment.')
  const machine = process.argv[2] ?? ''
  console.log(activated(machine, await activateMachine(services.masterUrl, machine)))
}
