// Calls that come within one turn of the event loop, and while the last one is on its way, go to their server as one: on a
// busy server most of a small call's cost, on both sides, is that it is a call. Nobody who comes alone waits for others.

/** The same for calls that have a show each: those for one show go together. */
export function gatheredByShow<Request, Reply>(
  call: (showId: string, requests: readonly Request[]) => Promise<readonly Reply[]>,
  max: number,
): (showId: string, request: Request) => Promise<Reply> {
  const shows = new Map<string, (request: Request) => Promise<Reply>>()
  return (showId, request) => {
    const known = shows.get(showId)
    if (known !== undefined) return known(request)
    const ask = gathered((requests: readonly Request[]) => call(showId, requests), max)
    shows.set(showId, ask)
    return ask(request)
  }
}

/** @param call answers all requests in their order, or fails all of them; it is given `max` at most */
export function gathered<Request, Reply>(
  call: (requests: readonly Request[]) => Promise<readonly Reply[]>,
  max: number,
): (request: Request) => Promise<Reply> {
  let waiting: { request: Request; resolve(reply: Reply): void; reject(error: unknown): void }[] = []
  let onTheirWay = 0

  const send = async () => {
    const sent = waiting
    waiting = []
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
  const sendSoon = () => setImmediate(() => waiting.length > 0 && onTheirWay === 0 && void send())

  return (request) => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    waiting.push({ request, resolve, reject })
    if (waiting.length === max) void send()
    else if (waiting.length === 1 && onTheirWay === 0) sendSoon()
    return promise
  }
}
