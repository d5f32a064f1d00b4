// What belongs to one user and may be told to nobody else: ids of users, reservations and commands, and queue tokens. Whatever an
// answer is made of, it is found in there by its words.
import type { Person } from './people.ts'

interface Secret {
  readonly owner: Person
  /** Whoever has it may use it: not even staff is told. */
  readonly isToken: boolean
}

const words = /[\w-]+/g
/** Of an id that nobody has chosen; seats and shows have shorter ones. */
const lengthMin = 16
const ids = new Set(['id', 'commandId', 'queueToken'])

export class Secrets {
  readonly #byWord = new Map<string, Secret>()

  add(owner: Person): void {
    this.#byWord.set(owner.userId, { owner, isToken: false })
  }

  /** From an answer about what is this person's own. */
  learn(owner: Person, body: unknown): void {
    if (typeof body !== 'object' || body === null) return
    for (const [name, value] of Object.entries(body)) {
      if (typeof value === 'string' && ids.has(name) && tellingPart(value).length >= lengthMin)
        this.#byWord.set(tellingPart(value), { owner, isToken: name === 'queueToken' })
      else this.learn(owner, value)
    }
  }

  /** What the text tells of others; what was said in the question may come back. */
  foreignIn(
    text: string,
    asker: Person | null,
    { said, isStaff }: { said: string; isStaff: boolean },
  ): string[] {
    return wordsOf(text).filter((word) => {
      const secret = this.#byWord.get(word)
      if (secret === undefined || secret.owner === asker) return false
      return (secret.isToken || !isStaff) && !wordsOf(said).includes(word)
    })
  }
}

const wordsOf = (text: string): string[] => text.match(words) ?? []

/** Ids and tokens have dots in them, and what is random stands last. */
const tellingPart = (id: string): string => id.slice(id.lastIndexOf('.') + 1)
