// App servers whose clocks are wrong by a minute and a half decide as the others do, since time is the master's.
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { testServers } from '../support/servers.ts'
import { falseClock, libfaketime } from './support/false-clock.ts'
import { startLoad } from './support/load.ts'
import { holdTtlMs, setStage } from './support/stage.ts'

const offsetsSeconds = [90, -90, 0]

test.serial('servers whose clocks are off by 90 s either way make the same decisions', async (t) => {
  const library = await libfaketime()
  if (library === null) {
    t.log('not run: libfaketime is not installed, and can only be installed on Debian as root')
    return t.pass()
  }
  const stage = await setStage(t, testServers(), {
    appServers: offsetsSeconds.length,
    shows: 8,
    settingsOf: (place) => falseClock(library, offsetsSeconds[place] ?? 0),
  })
  const servers = stage.servers.all
  const offBy: number[] = []
  for (const [place, server] of servers.entries()) {
    const { headers } = await stage.admin.get(server, '/v1/concerts')
    offBy[place] = Math.round((Date.parse(headers.get('date') ?? '') - Date.now()) / 1_000)
    t.true(Math.abs((offBy[place] ?? 0) - (offsetsSeconds[place] ?? 0)) < 10, `${offBy[place]} s`)
  }

  const ann = await stage.buyer()
  let inTime = 0
  let late = 0
  for (const owner of servers) {
    const showId = await stage.showOf(owner)
    const holds = await Promise.all(
      servers.flatMap((at, place) =>
        [1, 2].map((seat) => ann.reserve(showId, { seatIds: [`A-${place + 1}-${seat}`] }, { at })),
      ),
    )
    const began = performance.now()
    const deadlines = holds.map((held) => Date.parse(held?.body.holdExpiresAt) - Date.now())
    for (const ms of deadlines) t.true(ms > 0 && ms <= holdTtlMs, `${ms} ms`)
    for (const [index, at] of servers.entries()) {
      const paid = await ann.insist({ type: 'pay', showId, target: holds[2 * index]?.body.id, at })
      t.is(paid.status, 200, JSON.stringify(paid.body))
      inTime++
    }
    await sleep(holdTtlMs + 500 - (performance.now() - began))
    for (const [index, at] of servers.entries()) {
      const refused = await ann.insist({ type: 'pay', showId, target: holds[2 * index + 1]?.body.id, at })
      t.is(refused.body.code, 'hold_expired', JSON.stringify(refused.body))
      late++
    }
  }
  const load = await startLoad(stage, 9)
  await load.more(30)
  await load.stop()
  await stage.conclude({
    injected: `app servers whose clocks are off by ${offBy.join(', ')} s`,
    observed: `by whichever server: ${inTime} payments in time taken, ${late} late ones refused`,
    done: ['payments', inTime + load.done.paid, 39],
  })
})
