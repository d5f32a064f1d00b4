// A statement with its values in it, as text for MySQL and MariaDB.
import { escape as escaped } from 'mysql2'

/** `sql` has a question mark for each of the values, and none besides. */
export function textOf(sql: string, values: readonly unknown[]): string {
  const parts = sql.split('?')
  let text = parts[0] ?? ''
  for (let index = 0; index < values.length; index++) text += literal(values[index]) + parts[index + 1]
  return text
}

/** The driver looks for a dozen characters to escape; but two end a literal or change its meaning, and most texts have neither. */
function literal(value: unknown): string {
  if (typeof value === 'string' && !value.includes("'") && !value.includes('\\')) return `'${value}'`
  return escaped(value as Parameters<typeof escaped>[0], true)
}
