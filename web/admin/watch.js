// Reads again and again while the page is seen, so that what it shows is never old, and at once when somebody did something.
const everyMs = 2_000

/**
 * @param app see main.js
 * @param read asks the server
 * @param tell shows what it said; asked no more once it answers true
 * @returns {() => void} reads at once
 */
export function watch(app, read, tell) {
  const { signal } = app
  let isOld = false
  let wake = () => {}
  run()
  return () => {
    isOld = true
    wake()
  }

  async function run() {
    for (;;) {
      isOld = false
      const news = await read().catch((error) => signal.aborted || lost(error))
      if (signal.aborted || news === null) return
      if (news !== undefined) {
        app.reached()
        if (tell(news) === true) return
      }
      if (!isOld) await rest()
      if (signal.aborted) return
    }
  }

  /** Null where asking again would change nothing. */
  function lost(error) {
    return app.lost(error) ? undefined : null
  }

  function rest() {
    const resting = new AbortController()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        resting.abort()
        resolve()
      }
      const endWhereSeen = () => document.hidden || end()
      const timer = setTimeout(endWhereSeen, everyMs)
      document.addEventListener('visibilitychange', endWhereSeen, { signal: resting.signal })
      signal.addEventListener('abort', end, { signal: resting.signal })
      wake = end
    })
  }
}

/** Until it has answered once. */
export const once = (app, read, tell) =>
  watch(app, read, (news) => {
    tell(news)
    return true
  })
