// What is promised of Holdfast's speed, what the latest results show of it, and whether it is kept.
import type { ContestResults, Standing } from './contest.ts'
import type { GrowthResults } from './growth.ts'
import { median } from './median.ts'
import type { OverloadResults } from './overload.ts'
import { readResults } from './results.ts'
import type { SeatMapResults } from './seat-map.ts'
import type { ServersResults } from './servers.ts'
import type { SoakResults } from './soak.ts'
import type { StormResults } from './storm.ts'
import { failuresOf, many, ms, percent } from './words.ts'

interface Promised {
  readonly what: string
  readonly seen: string
  readonly isKept: boolean
}

interface Told extends Promised {
  readonly commit: string
}

/** A table's rows; of what was not measured there is none. */
export function promisesTable(): string[] {
  const rows = [
    ...ofContest('holds', 'from POST to a committed hold', { 'Lock per seat': 5, Restate: 20 }),
    ...ofContest('paid', 'from POST to paid', { 'Lock per seat': 4 }),
    ...of<StormResults>('storm', ofStorm),
    ...of<GrowthResults>('growth', ofGrowth),
    ...of<SeatMapResults>('seat-map', ofSeatMap),
    ...of<OverloadResults>('overload', ofOverload),
    ...of<ServersResults>('servers', ofServers),
    ...of<SoakResults>('soak', ofSoak),
  ]
  return [
    '| promised | seen (commit) | kept |',
    '|---|---|---|',
    ...rows.map(
      ({ what, seen, commit, isKept }) => `| ${what} | ${seen} (${commit}) | ${isKept ? 'yes' : '**no**'} |`,
    ),
    '',
  ]
}

function of<Results>(name: string, rowsOf: (results: Results) => Promised[]): Told[] {
  const results = readResults<Results>(name)
  return results ? rowsOf(results).map((row) => ({ ...row, commit: results.commit })) : []
}

const ofContest = (
  name: string,
  way: string,
  wanted: Readonly<Record<Standing['contender'], number>>,
): Told[] =>
  of<ContestResults>(name, ({ standings, atHalf }) => {
    const ratios = standings.flatMap(({ contender, ratio, ratios }) => {
      const least = wanted[contender]
      if (least === undefined) return []
      const what = `${way}, at least ${least} times ${contender === 'Restate' ? contender : 'the lock per seat'}`
      const seen = `${ratio} times (${Math.min(...ratios)} to ${Math.max(...ratios)} in ${ratios.length} rounds)`
      return [{ what, seen, isKept: ratio >= least }]
    })
    const p99 = atHalf.map((turn) => turn.p99)
    const half = {
      what: `${way}, at half of the greatest load, p99 under 150 ms`,
      seen: `${ms(median(p99))} (${ms(Math.min(...p99))} to ${ms(Math.max(...p99))} in ${p99.length} turns)`,
      isKept: median(p99) < 150,
    }
    return [...ratios, half]
  })

const ofStorm = ({ requests, seats, outcomes, perSecond, p99 }: StormResults): Promised[] => {
  const holds = outcomes['201'] ?? 0
  const failures = failuresOf(outcomes)
  return [
    {
      what: `${many(requests)} requests for ${seats} seats: ${seats} holds, 8,000 losers answered a second, p99 under 100 ms, no answer 5xx`,
      seen: `${holds} holds, ${many(Math.round(perSecond))} a second, ${ms(p99)}, ${failures}`,
      isKept: holds === seats && perSecond >= 8_000 && p99 < 100 && failures === 0,
    },
  ]
}

const ofGrowth = ({ reservations, entries, share }: GrowthResults): Promised[] => [
  {
    what: `with ${many(reservations)} reservations and ${many(entries)} entries at least 90% of the rate on an empty database`,
    seen: percent(share),
    isKept: share >= 0.9,
  },
]

const ofSeatMap = ({ seats, askedPerSecond, still, moving }: SeatMapResults): Promised[] => [
  {
    what: `a seat map of ${many(seats)} seats ${many(askedPerSecond)} times a second, p99 under 50 ms, also while seats are held`,
    seen: [still, moving]
      .map(({ perSecond, p99 }) => `${many(Math.round(perSecond))}/s, ${ms(p99)}`)
      .join('; '),
    isKept: [still, moving].every(
      ({ perSecond, p99 }) => Math.round(perSecond) >= askedPerSecond && p99 < 50,
    ),
  },
]

const ofOverload = ({ shares, rounds }: OverloadResults): Promised[] => {
  const afterwards = rounds.map(({ recovered }) => recovered)
  const refused = afterwards.reduce(
    (sum, { journeys, outcomes }) => sum + journeys - (outcomes['201'] ?? 0),
    0,
  )
  return [
    {
      what: 'at three times the greatest load accepted work keeps at least 90% of the best rate',
      seen: `${percent(median(shares))} (${percent(Math.min(...shares))} to ${percent(Math.max(...shares))} in ${shares.length} rounds)`,
      isKept: median(shares) >= 0.9,
    },
    {
      what: 'within five seconds all is as before: nothing is refused, p99 under 150 ms at half of the greatest load',
      seen: `${refused} refused, ${ms(Math.max(...afterwards.map(({ p99 }) => p99)))} at most`,
      isKept: refused === 0 && afterwards.every(({ p99 }) => p99 < 150),
    },
  ]
}

const ofServers = ({ figures }: ServersResults): Promised[] => {
  const several = figures.filter(({ appServers }) => appServers > 1)
  return [
    {
      what: 'more app servers on the same cores do not hurt: they make what one makes, within 5%',
      seen: several.map(({ appServers, shares }) => `${appServers}: ${percent(median(shares))}`).join(', '),
      isKept: several.every(({ shares }) => median(shares) >= 0.95),
    },
  ]
}

const ofSoak = ({ minutes, askedPerSecond, figures }: SoakResults): Promised[] => {
  const [first = 0, last = 0] = [figures[0]?.mb, figures.at(-1)?.mb]
  return [
    {
      what: 'the memory of an app server stays flat over an hour, within 5%',
      seen: `${first} MB after the first minute, ${last} after the last of ${minutes}, with ${askedPerSecond} held and given back a second`,
      // An hour, less the time that it takes to begin and to end.
      isKept: minutes >= 55 && last <= first * 1.05,
    },
  ]
}
