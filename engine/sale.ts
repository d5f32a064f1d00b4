// How a show's sale stands at a time: what its times and its machine say together.
import { HoldfastError } from './errors.ts'
import type { Show } from './ports.ts'

export type Sale = 'not_open' | 'open' | 'paused' | 'over'

/** @param state of the show's machine */
export function saleAt(
  now: number,
  { opensAt, closesAt }: Pick<Show, 'opensAt' | 'closesAt'>,
  state: string,
): Sale {
  if (now < opensAt) return 'not_open'
  if (now >= closesAt) return 'over'
  return state === 'open' ? 'open' : 'paused'
}

/** Why nothing was sold. */
export const saleWords: Readonly<Record<Exclude<Sale, 'open'>, string>> = {
  not_open: 'The sale of this show has not opened yet.',
  paused: 'The sale of this show is paused.',
  over: 'The sale of this show is over.',
}

export const notOnSale = (sale: keyof typeof saleWords): HoldfastError =>
  new HoldfastError('show_not_on_sale', saleWords[sale], { sale })
