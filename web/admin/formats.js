// How the page writes numbers, money and times.
export const count = (language, number) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(number)

/** Digits behind the point of a currency's larger unit; none where it is not known. */
export const digitsOf = (currency) =>
  currency === null
    ? 0
    : new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits

/** @param amount in the currency's minor unit */
export const money = (language, amount, currency) =>
  new Intl.NumberFormat(language, { style: 'currency', currency }).format(amount / 10 ** digitsOf(currency))

export const day = (language, time) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time))

/** To the second: how old a figure is. */
export const clock = (language, time) =>
  new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23' }).format(new Date(time))

export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/** A form's local time as the server reads it. */
export const instant = (local) => new Date(local).toISOString()
