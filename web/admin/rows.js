/**
 * A list that is told anew and again: who stays keeps the row, with the keyboard and whatever is typed in it.
 * @param make a row, of `element` and `tell`, for an item that is new
 */
export function rowsIn(list, idOf, make) {
  const rows = new Map()
  return (items) => {
    const ids = new Set(items.map(idOf))
    for (const [id, { element }] of rows)
      if (!ids.has(id)) {
        element.remove()
        rows.delete(id)
      }
    for (const [place, item] of items.entries()) {
      const id = idOf(item)
      const row = rows.get(id) ?? make(item)
      rows.set(id, row)
      if (list.children[place] !== row.element) list.insertBefore(row.element, list.children[place] ?? null)
      row.tell(item)
    }
  }
}
