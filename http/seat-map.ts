// A show's seats as JSON, written and compressed once for each revision, section by section: a change of some seats writes
// and compresses anew only the sections that they stand in.
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw } from 'node:zlib'
import type { SeatMap, SeatStatus } from '../engine/ports.ts'
import type { ShowPlan } from '../engine/shows.ts'

export interface SeatMapBody {
  readonly revision: number
  readonly plain: Buffer
  readonly gzip: Buffer
}

const compress = promisify(deflateRaw)
/** The end of each section is the end of a byte, so that sections can be put together as they are. */
const openEnded = { level: 6, finishFlush: constants.Z_FULL_FLUSH }
const gzipHead = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
const lastBlock = Buffer.from([3, 0])
/** Shows whose bodies are kept; a stadium's takes some megabytes. */
const showsKept = 8
/** While its seats change all the time, a stadium of 50,000 is written four times a second, a club as often as it is asked for. */
const seatsWrittenPerMs = 200

interface Part {
  readonly text: string
  readonly plain: Buffer
  readonly deflated: Buffer
}

interface SeatText {
  readonly id: string
  /** Its JSON up to the status. */
  readonly head: string
}

interface Kept {
  /** By section, the seats in the order of the plan. */
  readonly sections: ReadonlyMap<string, readonly SeatText[]>
  readonly parts: Map<string, Part>
  readonly bodies: Map<string, SeatMapBody>
  /** Bodies of the revision that was written last. */
  taken: SeatMap['taken'] | null
  /** Ascending ms, before which nothing is written anew. */
  restsUntil: number
}

export class SeatMapBodies {
  readonly #now: () => number
  /** The one that was used longest ago stands first. */
  readonly #shows = new Map<ShowPlan, Kept>()
  readonly #writing = new Map<string, Promise<SeatMapBody>>()

  /** @param now ascending ms, with fractions */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Of one section, or of all. Its revision may be a moment older than the map's while the seats change all the time. */
  async of(plan: ShowPlan, map: SeatMap, section: string | undefined): Promise<SeatMapBody> {
    const kept = this.#keptOf(plan)
    const which = section ?? ''
    const known = kept.bodies.get(which)
    if (
      known &&
      (kept.taken === map.taken || known.revision >= map.revision || this.#now() < kept.restsUntil)
    )
      return known
    const key = `${plan.show.id} ${which}`
    const running = this.#writing.get(key)
    if (running) return running
    const writing = this.#write(kept, plan, map, section).finally(() => this.#writing.delete(key))
    this.#writing.set(key, writing)
    return writing
  }

  #keptOf(plan: ShowPlan): Kept {
    const kept = this.#shows.get(plan) ?? {
      sections: textsOf(plan),
      parts: new Map(),
      bodies: new Map(),
      taken: null,
      restsUntil: 0,
    }
    this.#shows.delete(plan)
    this.#shows.set(plan, kept)
    const [oldest] = this.#shows.keys()
    if (this.#shows.size > showsKept && oldest !== undefined) this.#shows.delete(oldest)
    return kept
  }

  async #write(kept: Kept, plan: ShowPlan, map: SeatMap, section: string | undefined): Promise<SeatMapBody> {
    const sections = section === undefined ? [...kept.sections.keys()] : [section]
    const parts = await Promise.all(sections.map((id) => partOf(kept, id, map)))
    const head = await makePart('{"items":[')
    const tail = await makePart(
      `],"currency":${JSON.stringify(plan.show.currency)},"revision":${map.revision}}`,
    )
    const all = [head, ...(await separated(parts)), tail]
    const body = bodyOf(all, map.revision)
    if (kept.taken !== map.taken) kept.bodies.clear()
    kept.taken = map.taken
    kept.bodies.set(section ?? '', body)
    kept.restsUntil = this.#now() + plan.seats.size / seatsWrittenPerMs
    return body
  }
}

const textsOf = ({ plan, priceOf }: ShowPlan): Kept['sections'] =>
  new Map(
    [...Map.groupBy(plan.seats, ({ section }) => section)].map(([section, seats]) => [
      section,
      seats.map((seat) => {
        const { id, row, number, x, y, category } = seat
        const shown = { id, section, row, number, x, y, category, price: priceOf(id) ?? 0 }
        return { id, head: `${JSON.stringify(shown).slice(0, -1)},"status":"` }
      }),
    ]),
  )

async function partOf(kept: Kept, section: string, { taken }: SeatMap): Promise<Part> {
  const seats = kept.sections.get(section) ?? []
  const statusOf = (id: string): SeatStatus => taken.get(id)?.status ?? 'free'
  const text = seats.map(({ id, head }) => `${head}${statusOf(id)}"}`).join()
  const known = kept.parts.get(section)
  if (known?.text === text) return known
  const part = await makePart(text)
  kept.parts.set(section, part)
  return part
}

async function makePart(text: string): Promise<Part> {
  const plain = Buffer.from(text)
  return { text, plain, deflated: await compress(plain, openEnded) }
}

const comma = makePart(',')

async function separated(parts: readonly Part[]): Promise<Part[]> {
  const between = await comma
  return parts
    .filter(({ text }) => text !== '')
    .flatMap((part, index) => (index === 0 ? part : [between, part]))
}

/** RFC 1952: a head, the deflated blocks, and the checksum and length of what they hold. */
function bodyOf(parts: readonly Part[], revision: number): SeatMapBody {
  const plain = Buffer.concat(parts.map((part) => part.plain))
  const end = Buffer.alloc(8)
  end.writeUInt32LE(crc32(plain), 0)
  end.writeUInt32LE(plain.length, 4)
  const gzip = Buffer.concat([gzipHead, ...parts.map(({ deflated }) => deflated), lastBlock, end])
  return { revision, plain, gzip }
}
