// How long somebody will wait, and how sure that is: what people were told is compared with what came of it. Pure.
import type { Forecast, MetForecast, RoomView } from './waiting-room-ports.ts'

/** As long as nothing has been compared: right within a factor of two, nine times out of ten. */
export const spreadAtFirst = Math.LN2 / 2

export const waitSecondsMax = 24 * 3_600
const forecastIntervalMs = 10_000
const forecastsOpenMax = 1_000
/** The share of the newest comparison in the spread. */
const newestWeight = 1 / 8
/** The inlet's step: nobody is told more exactly than that. */
const exactToMs = 500

type Rate = Pick<RoomView, 'admittedPerSecond'>

/** ms until who stands at this position comes in, at the measured rate. */
export const waitMsOf = (position: number, { admittedPerSecond }: Rate): number =>
  (1_000 * position) / Math.max(admittedPerSecond, 1 / waitSecondsMax)

/** What to divide and multiply an estimate by, for a range that holds nine times out of ten. */
export const rangeFactor = ({ estimateSpread }: Pick<RoomView, 'estimateSpread'>): number =>
  Math.exp(2 * estimateSpread)

/** Now and then one more: what is told to who stands half-way down the line. */
export function withForecast(open: readonly Forecast[], room: RoomView, now: number): readonly Forecast[] {
  const waiting = room.issued - room.serving
  const latest = open.at(-1)?.toldAt ?? -Infinity
  if (waiting < 2 || now - latest < forecastIntervalMs || open.length >= forecastsOpenMax) return open
  const position = Math.ceil(waiting / 2)
  return [...open, { lot: room.serving + position, toldAt: now, dueAt: now + waitMsOf(position, room) }]
}

/** Those whose lot has been served by now, and the others. */
export function met(
  open: readonly Forecast[],
  serving: number,
  now: number,
): { met: readonly MetForecast[]; open: readonly Forecast[] } {
  return {
    met: open.filter(({ lot }) => lot <= serving).map((forecast) => ({ ...forecast, metAt: now })),
    open: open.filter(({ lot }) => lot > serving),
  }
}

/** The mean distance of the logarithms, an older comparison counting less and less. */
export const spreadAfter = (spread: number, forecasts: readonly MetForecast[]): number =>
  forecasts.reduce((before, { toldAt, dueAt, metAt }) => {
    const [told, took] = [Math.max(dueAt - toldAt, exactToMs), Math.max(metAt - toldAt, exactToMs)]
    return before + newestWeight * (Math.abs(Math.log(took / told)) - before)
  }, spread)
