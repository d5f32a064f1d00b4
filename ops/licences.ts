// What a bill of materials says of licences. Those that are listed ask for nothing but their notice, or, where a package
// is named, for changes to its own files only: it is used as it comes.

export interface Sbom {
  readonly components: readonly {
    readonly name: string
    readonly version: string
    readonly licenses?: readonly {
      readonly license?: { readonly id?: string; readonly name?: string }
      readonly expression?: string
    }[]
  }[]
}

const permitted = new Set([
  ...['MIT', 'MIT-0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'BlueOak-1.0.0'],
  ...['Unlicense', 'CC0-1.0', 'CC-BY-4.0', 'Python-2.0', 'MIT OR Apache-2.0', '(MIT OR CC0-1.0)'],
  ...['(BSD-2-Clause OR MIT OR Apache-2.0)', '(MIT OR Apache-2.0)', 'MIT OR WTFPL', '(MIT OR WTFPL)'],
])

/** Package: its licence, which reaches no further than that package's own files. */
const permittedFor = new Map([
  ['axe-core', 'MPL-2.0'],
  ['elkjs', 'EPL-2.0 OR GPL-3.0-or-later'],
])

/** How many packages stand under each, and which stand under none of the permitted ones. */
export function licencesOf({ components }: Sbom) {
  const counts = new Map<string, number>()
  const refused: string[] = []
  for (const { name, version, licenses = [] } of components) {
    const named = licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? '')
    const licence = named.join(' AND ') || 'none'
    counts.set(licence, (counts.get(licence) ?? 0) + 1)
    const isPermitted = named.length > 0 && named.every((each) => permitted.has(each))
    if (!isPermitted && permittedFor.get(name) !== licence) refused.push(`${name}@${version}: ${licence}`)
  }
  return { counts: new Map([...counts].sort((a, b) => b[1] - a[1])), refused }
}
