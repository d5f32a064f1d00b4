// What every master must keep of the waiting room: numbers given out once, one leader at a time, and each admission.
import { FencedOut } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import { keepsTheLottery } from './waiting-room-ledger-lottery.ts'
import {
  behaviourOf,
  closesAt,
  now,
  opensAt,
  policy,
  settings,
  turn,
  type WaitingRoomLedgerSetUp,
} from './waiting-room-ledger-stage.ts'

const asMade = { policy, hasOpened: false, serving: 0, generation: 0, admittedTotal: 0, noShows: 0 }

export function waitingRoomLedgerContract(adapter: string, setUp: WaitingRoomLedgerSetUp): void {
  const behaviour = behaviourOf(adapter, setUp)

  // ── rooms ───────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('a room is made once, with the settings that it is made with', async (t, { ledger, showId }) => {
    const other = { ...settings, ratePerSecond: 9, admittedMax: 9, sessionTtlMs: 999_999 }
    t.deepEqual(await ledger.ensure(showId, other, closesAt), { showId, ...asMade })
  })

  behaviour('rooms are listed until their sale is over', async (t, { ledger, showId }) => {
    const listed = async (at: number) => (await ledger.list(at)).filter((room) => room.showId === showId)
    t.deepEqual(await listed(closesAt - 1), [{ showId, ...asMade }])
    t.deepEqual(await listed(closesAt), [])
  })

  behaviour('a change keeps what it does not name, and counts the version', async (t, stage) => {
    const { ledger, showId, change } = stage
    const changes = [{ isPaused: true }, { admittedMax: 7 }, { ratePerSecond: 2.5 }]
    const changed = await Promise.all(changes.map((some) => change(some)))
    t.deepEqual(changed.map(({ version }) => version).sort(), [2, 3, 4])
    const [room] = (await ledger.list(now)).filter((each) => each.showId === showId)
    t.deepEqual(room?.policy, {
      ...policy,
      isPaused: true,
      admittedMax: 7,
      ratePerSecond: 2.5,
      version: 4,
    })
  })

  // ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('ranges follow one another, whoever asks and however many at once', async (t, stage) => {
    const { ledger, showId } = stage
    const asked = Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0 ? ledger.grant(showId) : ledger.open(showId, now, opensAt).then(({ range }) => range),
    )
    const ranges = (await Promise.all(asked)).sort((a, b) => a.from - b.from)
    t.is(ranges[0]?.from, 1)
    for (const [index, { from, through }] of ranges.entries()) {
      t.true(through >= from)
      t.is(from, (ranges[index - 1]?.through ?? 0) + 1)
    }
  })

  behaviour('ranges grow with what was granted, and not for ever', async (t, { ledger, showId }) => {
    const sizes: number[] = []
    for (let count = 0; count < 60; count++) {
      const { from, through } = await ledger.grant(showId)
      sizes.push(through - from + 1)
      if (count > 5) t.true(through - from + 1 <= Math.max(limits.numberRangeMin, from / 3))
    }
    t.is(sizes[0], limits.numberRangeMin)
    t.is(sizes.at(-1), limits.numberRangeMax)
  })

  // ── leaders ─────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('leaders that begin at once have a generation each', async (t, { ledger, showId }) => {
    const generations = await Promise.all(Array.from({ length: 6 }, () => ledger.lead(showId)))
    t.deepEqual(generations.sort(), [1, 2, 3, 4, 5, 6])
    t.is((await ledger.open(showId, now, opensAt)).generation, 6)
  })

  behaviour('an earlier leader is fenced out, and writes nothing', async (t, stage) => {
    const { ledger, showId, admit } = stage
    const earlier = await ledger.lead(showId)
    await ledger.lead(showId)
    const late = admit({ generation: earlier, turns: [turn('ann', 1)], serving: 1 })
    await t.throwsAsync(late, { instanceOf: FencedOut })
    t.is(await ledger.lastAdmission(showId, 'ann'), null)
    t.is((await ledger.open(showId, now, opensAt)).serving, 0)
  })

  behaviour('a step that was worked out under an older policy does nothing', async (t, stage) => {
    const { ledger, showId, admit } = stage
    await stage.change({ isPaused: true })
    t.is(await admit({ turns: [turn('ann', 1)], serving: 1 }), null)
    t.is(await ledger.lastAdmission(showId, 'ann'), null)
    t.is((await ledger.open(showId, now, opensAt)).serving, 0)
    const paused = { ...policy, isPaused: true, version: 2 }
    t.is((await admit({ policy: paused, turns: [turn('ann', 1)], serving: 1 }))?.length, 1)
  })

  // ── admissions ──────────────────────────────────────────────────────────────────────────────────────────

  behaviour(
    'admissions are kept with the floor under serving, and open again as sessions',
    async (t, stage) => {
      const { ledger, showId, admit } = stage
      const turns = Array.from({ length: 300 }, (_, index) => turn(`user-${index}`, 2 * index + 1))
      const admitted = await admit({ turns, serving: 599, issued: 700 })
      t.deepEqual(
        admitted,
        turns.map(({ lot, ...each }) => ({
          ...each,
          admittedAt: now,
          endsAt: now + 600_000,
          issuedThrough: 700,
        })),
      )
      const opening = await ledger.open(showId, now + 599_999, opensAt)
      t.is(opening.serving, 599)
      t.deepEqual(
        [...opening.sessions].sort((a, b) => a.number - b.number),
        admitted,
      )
      t.deepEqual((await ledger.open(showId, now + 600_000, opensAt)).sessions, [])
      t.deepEqual(await ledger.lastAdmission(showId, 'user-7'), admitted?.[7])
    },
  )

  behaviour('the floor under serving never sinks', async (t, { ledger, showId, admit }) => {
    await admit({ serving: 50, issued: 50 })
    await admit({ serving: 20, issued: 50 })
    t.is((await ledger.open(showId, now, opensAt)).serving, 50)
  })

  behaviour(
    'a number that was admitted comes back as it was, whenever it is asked for again',
    async (t, stage) => {
      const { ledger, showId, admit } = stage
      const first = await admit({ turns: [turn('ann', 1)], serving: 1 })
      t.deepEqual(await admit({ turns: [turn('ann', 1)], serving: 1, now: now + 5 }), first)
      await ledger.end(showId, 1, now + 9)
      const [over] = (await admit({ turns: [turn('ann', 1)], serving: 1, now: now + 20 })) ?? []
      t.like(over, { number: 1, admittedAt: now, endsAt: now + 9 })
    },
  )

  behaviour('a number from before its user’s last admission admits nobody', async (t, stage) => {
    const { ledger, showId, admit } = stage
    const first = await admit({ turns: [turn('ann', 4)], serving: 4, issued: 90 })
    await ledger.end(showId, 4, now + 1)
    const later = await admit({
      turns: [turn('ann', 90), turn('ben', 80)],
      serving: 90,
      issued: 95,
      now: now + 2,
    })
    t.like(
      later?.find(({ userId }) => userId === 'ann'),
      { ...first?.[0], endsAt: now + 1 },
    )
    t.like(
      later?.find(({ userId }) => userId === 'ben'),
      { number: 80, admittedAt: now + 2 },
    )
    const [anew] = (await admit({ turns: [turn('ann', 91)], serving: 91, issued: 95, now: now + 3 })) ?? []
    t.like(anew, { number: 91, admittedAt: now + 3 })
    t.like(await ledger.lastAdmission(showId, 'ann'), { number: 91 })
  })

  behaviour('who did not turn up has no session any more', async (t, { ledger, showId, admit }) => {
    const turns = [turn('ann', 1), turn('ben', 2), turn('cat', 3)]
    await admit({ turns, serving: 3, issued: 3 })
    await admit({ lapsed: [1, 3, 77], serving: 3, issued: 3, now: now + 60_000 })
    t.deepEqual(
      (await ledger.open(showId, now + 60_000, opensAt)).sessions.map(({ userId }) => userId),
      ['ben'],
    )
  })

  behaviour('a session ends once, and not later than it did', async (t, { ledger, showId, admit }) => {
    await admit({ turns: [turn('ann', 1), turn('ben', 2)], serving: 2, issued: 2 })
    await ledger.end(showId, 1, now + 50)
    await ledger.end(showId, 1, now + 70)
    t.is((await ledger.lastAdmission(showId, 'ann'))?.endsAt, now + 50)
    await ledger.end(showId, 2, now + 700_000)
    t.is((await ledger.lastAdmission(showId, 'ben'))?.endsAt, now + 600_000)
    await t.notThrowsAsync(ledger.end(showId, 99, now))
  })

  behaviour('a session lasts as long as what its user holds, unless it was ended', async (t, stage) => {
    const { ledger, showId, admit, hold } = stage
    await admit({ turns: [turn('ann', 1), turn('ben', 2), turn('cat', 3)], serving: 3, issued: 3 })
    await hold('ann', now + 5, now + 700_000)
    await hold('ann', now + 6, now + 650_000)
    await hold('ben', now + 5, now + 700_000)
    await hold('cat', now - 5, now + 700_000)
    await ledger.end(showId, 2, now + 650_000)
    const sessions = async (at: number) =>
      (await ledger.open(showId, at, opensAt)).sessions
        .map(({ userId, endsAt }) => [userId, endsAt - now])
        .sort()
    t.deepEqual(await sessions(now + 599_999), [
      ['ann', 700_000],
      ['ben', 600_000],
      ['cat', 600_000],
    ])
    t.deepEqual(await sessions(now + 600_000), [['ann', 700_000]])
    t.deepEqual(await sessions(now + 700_000), [])
  })

  behaviour('whoever was ended has no earlier session again, whatever is held', async (t, stage) => {
    const { ledger, showId, admit, hold } = stage
    await admit({ turns: [turn('ann', 1)], serving: 1 })
    await admit({ turns: [turn('ann', 9)], serving: 9, issued: 9, now: now + 700_000 })
    await hold('ann', now + 710_000, now + 1_190_000)
    await ledger.end(showId, 9, now + 720_000)
    t.deepEqual((await ledger.open(showId, now + 730_000, opensAt)).sessions, [])
  })

  behaviour('of two sessions of a user the later one runs', async (t, stage) => {
    const { ledger, showId, admit, hold } = stage
    await admit({ turns: [turn('ann', 1)], serving: 1 })
    await hold('ann', now + 5, now + 900_000)
    await admit({ turns: [turn('ann', 9)], serving: 9, issued: 9, now: now + 600_000 })
    const { sessions } = await ledger.open(showId, now + 700_000, opensAt)
    t.deepEqual(
      sessions.map(({ number, endsAt }) => [number, endsAt - now]),
      [[9, 1_200_000]],
    )
  })

  behaviour('who came in and who did not turn up is counted, each once', async (t, stage) => {
    const { ledger, showId, admit } = stage
    const turns = [turn('ann', 1), turn('ben', 2), turn('cat', 3)]
    await admit({ turns, serving: 3, issued: 3 })
    await admit({ turns, serving: 3, issued: 3 })
    await ledger.end(showId, 2, now + 10)
    await admit({ lapsed: [1, 2, 77], serving: 3, issued: 3, now: now + 60_000 })
    await admit({ lapsed: [1, 2, 77], serving: 3, issued: 3, now: now + 60_500 })
    const [room] = (await ledger.list(now)).filter((each) => each.showId === showId)
    t.like(room, { admittedTotal: 3, noShows: 1 })
  })

  behaviour('what was told and what came of it is kept, the latest first', async (t, { ledger, showId }) => {
    const forecasts = [1, 2, 3].map((order) => ({
      lot: order,
      toldAt: now + order,
      dueAt: now + 50,
      metAt: now + 100 + order,
    }))
    await ledger.writeForecasts(showId, forecasts)
    await ledger.writeForecasts(showId, forecasts.slice(1))
    t.deepEqual(await ledger.forecasts(showId, 2), [forecasts[2], forecasts[1]])
  })

  behaviour('users whose names differ in case only are two', async (t, { ledger, showId, admit }) => {
    await admit({ turns: [turn('Ann', 1), turn('ann', 2)], serving: 2, issued: 2 })
    t.is((await ledger.lastAdmission(showId, 'Ann'))?.number, 1)
    t.is((await ledger.lastAdmission(showId, 'ann'))?.number, 2)
  })

  keepsTheLottery(behaviour)
}
