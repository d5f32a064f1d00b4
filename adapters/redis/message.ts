// What was published, as read from its channel. A server of another version may publish what this one can't read: that
// is passed over like a message that was lost.
import type { Static, TSchema } from 'typebox'
import type { Validator } from 'typebox/compile'

/** Of a message that does not follow the schema the reader makes null. */
export function messageReader<Schema extends TSchema>(
  schema: Validator<Record<never, never>, Schema>,
): (message: string) => Static<Schema> | null {
  return (message) => {
    try {
      const document: unknown = JSON.parse(message)
      return schema.Check(document) ? document : null
    } catch {
      return null
    }
  }
}
