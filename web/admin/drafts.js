// What was typed and not sent yet, for as long as the page is open: a refusal, another language, another login lose nothing.
const drafts = new Map()

const named = (form) => [...form.elements].filter(({ name, type }) => name !== '' && type !== 'file')

export const draftOf = (name) => drafts.get(name) ?? {}
export const dropDraft = (name) => drafts.delete(name)
export const dropDrafts = () => drafts.clear()

const contentOf = ({ type, checked, value }) => (type === 'checkbox' ? checked : value)

/** @param shown by name, what the server has: that is nothing that was typed */
export function keepDraft(name, form, shown = {}) {
  const typed = named(form)
    .map((each) => [each.name, contentOf(each)])
    .filter(([key, value]) => shown[key] === undefined || String(shown[key]) !== String(value))
  drafts.set(name, Object.fromEntries(typed))
}

export function fill(form, values) {
  for (const element of named(form)) {
    const value = values[element.name]
    if (value === undefined) continue
    if (element.type === 'checkbox') element.checked = value
    else if (element.value !== String(value)) element.value = value
  }
}
