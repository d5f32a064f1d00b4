// Cursors: opaque to clients, checked when they come back. They grant nothing, since every list is bounded by who asks.
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { HoldfastError } from '../engine/errors.ts'
import { limits } from '../engine/limits.ts'

export const encodeCursor = (place: unknown): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** @throws {HoldfastError} `invalid_request` for a cursor that this list did not give */
export function decodeCursor<Place extends TSchema>(
  place: Place,
  cursor: string | undefined,
): Static<Place> | undefined {
  if (cursor === undefined) return undefined
  const decoded = parse(Buffer.from(cursor, 'base64url').toString())
  if (!Value.Check(place, decoded) || encodeCursor(decoded) !== cursor)
    throw new HoldfastError('invalid_request', 'querystring.cursor is none that this list gave.')
  return decoded
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const limitOf = ({ limit }: { limit?: string }): number => Number(limit ?? limits.pageItemsDefault)

/** Asked for one more than the page holds, a list shows whether there is another page. */
export function pageOf<Item, Place, Shown>(
  found: readonly Item[],
  limit: number,
  placeOf: (last: Item) => Place,
  show: (item: Item) => Shown,
): { items: Shown[]; nextCursor: string | null } {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const nextCursor = found.length > limit && last !== undefined ? encodeCursor(placeOf(last)) : null
  return { items: items.map(show), nextCursor }
}
