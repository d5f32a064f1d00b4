// Whether answers that were given at the same time can be explained by one order of the requests: each took effect at one
// moment between its sending and its answer.
import type { Rules } from './asks.ts'
import { after, contentOf, endings, type Heard, type Shop } from './model.ts'

/** Every shop that there may be after these answers, by its content; none where nothing explains them. */
export function explain(shops: readonly Shop[], heard: readonly Heard[], rules: Rules): Shop[] {
  const found = new Map<string, Shop>()
  for (const shop of shops) search(shop, heard, rules, found, new Set())
  return [...found.values()]
}

function search(
  shop: Shop,
  open: readonly Heard[],
  rules: Rules,
  found: Map<string, Shop>,
  tried: Set<string>,
): void {
  const content = contentOf(shop)
  const name = `${open.length} ${open.map(({ sentAt, key }) => `${sentAt} ${key}`)} ${content}`
  if (tried.has(name)) return
  tried.add(name)
  if (open.length === 0) found.set(content, shop)
  for (const next of open) {
    // What was answered before another one was sent has happened before it.
    if (open.some((other) => other !== next && other.toldAt < next.sentAt)) continue
    const then = after(shop, next, rules)
    if (then !== null)
      search(
        then,
        open.filter((other) => other !== next),
        rules,
        found,
        tried,
      )
  }
  const latest = Math.max(...open.map(({ toldAt }) => toldAt))
  if (open.length > 0 && rules.isShort)
    for (const ended of endings(shop, latest)) search(ended, open, rules, found, tried)
}
