// Money as the page's language writes it. The wire has it in the currency's minor unit.

/** Digits behind the point of a currency's larger unit; none where it is not known. */
export const digitsOf = (currency) =>
  currency === null
    ? 0
    : new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits

/** @param amount in the currency's minor unit */
export const money = (language, amount, currency) =>
  new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(
    amount / 10 ** digitsOf(currency),
  )
