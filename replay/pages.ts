// Page after page until there is no more: memory holds one of them, however long the evening was.

export const pageRows = 2_000

export async function* pages<Row, Key>(
  next: (after: Key, limit: number) => Promise<readonly Row[]>,
  first: Key,
  keyOf: (row: Row) => Key,
): AsyncGenerator<readonly Row[]> {
  let after = first
  for (;;) {
    const page = await next(after, pageRows)
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    if (page.length < pageRows) return
    after = keyOf(last)
  }
}
