// A rolling upgrade: one server after the other is replaced by the later build, and its new version of the machine is made
// the active one when all of them know it; now and then too early, which those that don't know it must not decide under.
import { UnknownVersion } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import type { Faults } from './faults.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { Server, Services } from './server.ts'

export interface UpgradeParts {
  readonly scheduler: Scheduler
  readonly services: Services
  readonly faults: Faults
  readonly servers: readonly Server[]
  readonly trace: (line: () => string) => void
}

/** Between one server and the next. */
const pauseMaxMs = 3_000

export async function upgradeAll(parts: UpgradeParts, random: Random): Promise<void> {
  const { scheduler, servers, faults, trace } = parts
  const isEarly = random.chance(0.4) && faults.strikes('early')
  for (const [index, server] of servers.entries()) {
    await scheduler.sleep(random.between(300, pauseMaxMs))
    trace(() => `now: ${server.name} is upgraded`)
    server.build = 'later'
    if (server.isAlive) await server.stopGracefully()
    server.start()
    if (index === 0 && isEarly) {
      faults.count('version activated before all know it')
      faults.lasts(scheduler.now + limits.giveUpPauseMs + servers.length * pauseMaxMs)
      await activate(parts)
    }
  }
  await scheduler.sleep(random.between(500, 2_000))
  if (!isEarly) await activate(parts)
}

/** Nobody can make a version active before a server has told the master of it. */
async function activate({ scheduler, services, trace }: UpgradeParts): Promise<void> {
  for (;;) {
    try {
      await services.master.activate('reservation', 2)
      trace(() => 'now: reservation@2 is active')
      return
    } catch (error) {
      if (!(error instanceof UnknownVersion)) throw error
      await scheduler.sleep(500)
    }
  }
}
