// Loaded before everything else by the npm scripts, as plain JavaScript: an older Node could not even read main.ts, and
// would say so in words that help nobody. Here too since nothing is compiled yet: compiled code is kept for the next start.
const { join } = require('node:path')

if (!process.features.typescript) {
  console.error(
    `Holdfast runs on Node 22.18 or later, and this is ${process.version}. npm brings Node 24 along as an optional dependency: ` +
      'run "npm ci --include=optional", then "npm start" again; or put a newer Node first on your PATH.',
  )
  process.exit(1)
}
require('node:module').enableCompileCache(join(__dirname, '../node_modules/.cache/compiled'))
