// Schemas that have a name stand in the contract once, so that whoever makes a client of it gets one type for each.

type ByName = Readonly<Record<string, object>>

/** Data, whatever its members are called. */
const isData = (name: string): boolean => name === 'example' || name === 'examples'

/**
 * Puts a reference in the place of each schema with a title, and the schemas themselves beside, by title.
 * @throws {Error} where two that differ have the same title
 */
export function withNamedSchemas(paths: ByName): { paths: ByName; schemas: ByName } {
  const schemas: Record<string, object> = {}
  const referEach = (members: ByName): ByName =>
    Object.fromEntries(Object.entries(members).map(([name, member]) => [name, refer(member)]))
  const refer = <Part>(part: Part): Part | object => {
    if (Array.isArray(part)) return part.map((each) => refer(each))
    if (typeof part !== 'object' || part === null) return part
    const entries = Object.entries(part).map(([name, of]) => {
      if (isData(name)) return [name, of]
      return [name, name === 'properties' ? referEach(of) : refer(of)]
    })
    const { title, ...schema } = Object.fromEntries(entries)
    if (title === undefined) return schema
    const known = schemas[title]
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema))
      throw new Error(`two schemas have the title ${title}`)
    schemas[title] = schema
    return { $ref: `#/components/schemas/${title}` }
  }
  return { paths: referEach(paths), schemas }
}
