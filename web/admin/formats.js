// How the page writes numbers and times.
export const count = (language, number) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(number)

export const day = (language, time) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time))

/** To the second: how old a figure is. */
export const clock = (language, time) =>
  new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23' }).format(new Date(time))

export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/** A form's local time as the server reads it. */
export const instant = (local) => new Date(local).toISOString()
