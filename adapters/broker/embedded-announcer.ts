// The topic exchange of the embedded mode: announcements go to who listens in this process, and, as with an exchange
// without bindings, nowhere while nobody does.
import type { Announcement, AnnouncementFeed, Announcer } from '../../engine/ports.ts'

type Listener = (announcement: Announcement) => void

export class EmbeddedAnnouncer implements Announcer, AnnouncementFeed {
  readonly #bindings = new Set<{ pattern: readonly string[]; listener: Listener }>()

  /** Listeners hear after it, so that one that fails does not fail the relay. */
  async announce(announcements: readonly Announcement[]): Promise<void> {
    for (const announcement of announcements) queueMicrotask(() => this.#tell(announcement))
  }

  /** Patterns as AMQP has them: words between dots, `*` for any one word, `#` for any number of words. */
  listen(pattern: string, listener: Listener): () => void {
    const binding = { pattern: pattern.split('.'), listener }
    this.#bindings.add(binding)
    return () => this.#bindings.delete(binding)
  }

  #tell(announcement: Announcement): void {
    const topic = announcement.topic.split('.')
    for (const { pattern, listener } of this.#bindings) if (matches(pattern, topic)) listener(announcement)
  }
}

function matches(pattern: readonly string[], topic: readonly string[]): boolean {
  const [expected, ...patternRest] = pattern
  if (expected === undefined) return topic.length === 0
  if (expected === '#')
    return matches(patternRest, topic) || (topic.length > 0 && matches(pattern, topic.slice(1)))
  const [word, ...topicRest] = topic
  return word !== undefined && (expected === '*' || expected === word) && matches(patternRest, topicRest)
}
