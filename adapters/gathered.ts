// Calls that come within one turn of the event loop, and while the last one is on its way, go to their server as one: on a
// busy server most of a small call's cost, on both sides, is that it is a call. Nobody who comes alone waits for others.

/** The same for calls that have a show each: those for one show go together. */
export function gatheredByShow<Request, Reply>(
  call: (showId: string, requests: readonly Request[]) => Promise<readonly Reply[]>,
  max: number,
  restMs = 0,
): (showId: string, request: Request) => Promise<Reply> {
  const shows = new Map<string, (request: Request) => Promise<Reply>>()
  return (showId, request) => {
    const known = shows.get(showId)
    if (known !== undefined) return known(request)
    const ask = gathered((requests: readonly Request[]) => call(showId, requests), max, restMs)
    shows.set(showId, ask)
    return ask(request)
  }
}

/**
 * @param call answers all requests in their order, or fails all of them; it is given `max` at most
 * @param restMs from one call to the next, where more are gathered than one round trip lets come
 */
export function gathered<Request, Reply>(
  call: (requests: readonly Request[]) => Promise<readonly Reply[]>,
  max: number,
  restMs = 0,
): (request: Request) => Promise<Reply> {
  let sentAt = -Infinity
  let waiting: { request: Request; resolve(reply: Reply): void; reject(error: unknown): void }[] = []
  let onTheirWay = 0

  const send = async () => {
    const sent = waiting
    waiting = []
    if (restMs > 0) sentAt = performance.now()
    onTheirWay++
    try {
      const replies = await call(sent.map(({ request }) => request))
      for (const [index, { resolve }] of sent.entries()) resolve(replies[index] as Reply)
    } catch (error) {
      for (const { reject } of sent) reject(error)
    }
    onTheirWay--
    if (waiting.length > 0) sendSoon()
  }
  const sendUnlessUnderWay = () => waiting.length > 0 && onTheirWay === 0 && void send()
  const sendSoon = () => {
    const pauseMs = restMs > 0 ? sentAt + restMs - performance.now() : 0
    if (pauseMs > 0) setTimeout(sendUnlessUnderWay, pauseMs)
    else setImmediate(sendUnlessUnderWay)
  }

  return (request) => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    waiting.push({ request, resolve, reject })
    if (waiting.length === max) void send()
    else if (waiting.length === 1 && onTheirWay === 0) sendSoon()
    return promise
  }
}
