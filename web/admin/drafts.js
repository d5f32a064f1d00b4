// What was typed and not sent yet, for as long as the page is open: a refusal, another language, another login lose nothing.
const drafts = new Map()

const named = (form) => [...form.elements].filter(({ name, type }) => name !== '' && type !== 'file')

export const draftOf = (name) => drafts.get(name) ?? {}
export const hasDraft = (name) => drafts.has(name)
export const dropDraft = (name) => drafts.delete(name)
export const dropDrafts = () => drafts.clear()

export function keepDraft(name, form) {
  drafts.set(
    name,
    Object.fromEntries(
      named(form).map((each) => [each.name, each.type === 'checkbox' ? each.checked : each.value]),
    ),
  )
}

export function fill(form, values) {
  for (const element of named(form)) {
    const value = values[element.name]
    if (value === undefined) continue
    if (element.type === 'checkbox') element.checked = value
    else if (element.value !== String(value)) element.value = value
  }
}
