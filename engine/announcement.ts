// What other systems are told of a batch: one announcement a topic and show, with an item for each thing that happened.
import type { Announcement } from './ports.ts'

export interface AnnouncedItem {
  /** Stable over repeats, like the announcement's own. */
  readonly id: string
  readonly subjectId: string
  /** In the show's journal: the order in which things happened, also across topics. */
  readonly position: number
  /** When it was decided, ms since the epoch in the master's time. */
  readonly at: number
  readonly code: string | null
}

/** @param items in the order of the journal; at least one, and the announcement is known by its first one's id */
export function announcementOf(
  topic: string,
  showId: string,
  items: readonly [AnnouncedItem, ...AnnouncedItem[]],
): Announcement {
  return { id: items[0].id, topic, showId, payload: JSON.stringify({ topic, showId, items }) }
}

export const itemsOf = ({ payload }: Pick<Announcement, 'payload'>): readonly AnnouncedItem[] =>
  (JSON.parse(payload) as { items: readonly AnnouncedItem[] }).items
