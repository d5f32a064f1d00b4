// How figures are written.
/** 20,000 */
export const many = (count: number): string => count.toLocaleString('en-US')

export const percent = (share: number): string => `${Math.round(share * 100)}%`

export const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`

/** How many answers were 5xx. */
export const failuresOf = (outcomes: Readonly<Record<string, number>>): number =>
  Object.entries(outcomes).reduce((sum, [status, count]) => sum + (status.startsWith('5') ? count : 0), 0)
