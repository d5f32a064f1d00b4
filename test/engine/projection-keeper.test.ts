// The seat projection of a show that stands still, on the embedded store: what was left behind is found without a decision.
import test from 'ava'
import { EmbeddedProjection } from '../../adapters/locks/embedded-projection.ts'
import { limits } from '../../engine/limits.ts'
import type { SeatMap } from '../../engine/ports.ts'
import { ProjectionKeeper } from '../../engine/projection-keeper.ts'
import { HandClock } from '../support/hand-clock.ts'
import { silentLog } from '../support/silent-log.ts'
import { until } from '../support/until.ts'

const showId = 'show-1'
const older: SeatMap = { revision: 7, taken: new Map([['A-1', { status: 'held', reservationId: 'ann' }]]) }
const master: SeatMap = { revision: 9, taken: new Map() }

test('a projection that came back older is as the master has it again, though nothing is decided', async (t) => {
  const clock = new HandClock(1_800_000_000_000)
  const projection = new EmbeddedProjection()
  const decisions = {
    standings: async () => [{ showId, position: 12, seatsRevision: master.revision }],
    seatMap: async () => master,
  }
  const keeper = new ProjectionKeeper({ decisions, projection, clock, log: silentLog })
  const stop = new AbortController()
  const running = keeper.run([{ partition: 0, tenure: { epoch: 1 } as never }], stop.signal)
  const look = async () => {
    await until(() => clock.sleepers === 1)
    clock.advance(limits.sweepIntervalMs)
    await until(() => clock.sleepers === 1)
  }
  await look()
  t.deepEqual(await projection.read(showId), master)

  await projection.apply(showId, 100, 100, []) // a gap: it is dropped
  await projection.replace(showId, older)
  await look()
  t.deepEqual(await projection.read(showId), older, 'it was compared a moment ago')
  clock.advance(limits.projectionTrustedMs)
  await look()
  t.deepEqual(await projection.read(showId), master)
  stop.abort()
  await running
})
