// Numbers, times and spans in the page's language.

export const count = (language, number) => new Intl.NumberFormat(language).format(number)

/** With the time zone: who reads it may be elsewhere. */
export const moment = (language, time) =>
  new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: 'short',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(time))

export const timeOfDay = (language, time) =>
  new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit', second: '2-digit' }).format(
    new Date(time),
  )

/** For a countdown: 9:07, or 1:02:03. Never less than nothing. */
export function clockSpan(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000))
  const [hours, minutes, rest] = [seconds / 3_600, (seconds / 60) % 60, seconds % 60].map(Math.floor)
  const two = (number) => String(number).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** In words, and rounded as an estimate is: 40 seconds, 3 minutes, 2 hours. */
export function roughSpan(language, seconds) {
  const [value, unit] =
    seconds < 60
      ? [seconds, 'second']
      : seconds < 5_400
        ? [seconds / 60, 'minute']
        : [seconds / 3_600, 'hour']
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.ceil(value),
  )
}
