// Seating plans that were chosen from disk, as far as the forms look into them: whether one can be sold from, the server says.
const categoriesOfVenue = new Map()

/** @returns {Promise<unknown>} null where the file is no JSON */
export async function readPlan(file) {
  try {
    return JSON.parse(await file.text())
  } catch {
    return null
  }
}

const listed = (value) => (Array.isArray(value) ? value : [])

export function summaryOf(plan) {
  const rows = listed(plan?.zones).flatMap((zone) => listed(zone?.rows))
  return {
    seats: rows.reduce((sum, row) => sum + listed(row?.seats).length, 0),
    categories: listed(plan?.categories).map((category) => String(category?.name)),
  }
}

export const keepPlan = (venueId, plan) => keepCategories(venueId, summaryOf(plan).categories)
export const keepCategories = (venueId, names) => categoriesOfVenue.set(venueId, names)
export const categoriesOf = (venueId) => categoriesOfVenue.get(venueId)
export const knownVenues = () => [...categoriesOfVenue.keys()]
