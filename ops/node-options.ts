/**
 * How Node runs an app server; package.json and ops/Dockerfile say the same. A request lives about as long as a small young
 * generation fills: a larger one finds most of them dead. V8 must not make objects in its old generation at once, as it learns to
 * do while it runs: what a step leaves behind there keeps alive whatever it points to. By the old generation's bound V8 also
 * decides how far it lets the heap grow between two collections. docs/PERFORMANCE.md has the figures.
 */
export const nodeOptions = [
  '--min-semi-space-size=8',
  '--max-semi-space-size=16',
  '--max-old-space-size=1024',
  '--no-allocation-site-pretenuring',
  '--no-parallel-scavenge',
] as const
