// Schemas that have a name stand in the contract once, so that whoever makes a client of it gets one type for each.

type Part = Readonly<Record<string, unknown>>
/** What stands here is data, whatever its members are called. */
const data = new Set(['example', 'examples'])

/**
 * Puts a reference in the place of each schema with a title, and the schemas themselves beside, by title.
 * @throws {Error} where two that differ have the same title
 */
export function withNamedSchemas<Paths extends object>(
  paths: Paths,
): { paths: Paths; schemas: Record<string, object> } {
  const schemas: Record<string, object> = {}
  const refer = (part: unknown, isOfNames = false): unknown => {
    if (Array.isArray(part)) return part.map((each) => refer(each))
    if (typeof part !== 'object' || part === null) return part
    const referred: Part = Object.fromEntries(
      Object.entries(part).map(([name, of]) => [
        name,
        !isOfNames && data.has(name) ? of : refer(of, !isOfNames && name === 'properties'),
      ]),
    )
    const { title, ...schema } = referred
    if (isOfNames || typeof title !== 'string') return referred
    const known = schemas[title]
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema))
      throw new Error(`two schemas have the title ${title}`)
    schemas[title] = schema
    return { $ref: `#/components/schemas/${title}` }
  }
  return { paths: refer(paths) as Paths, schemas }
}
