// Calls that come within one turn of the event loop go to their server as one: on a busy server most of a small call's cost, on
// both sides, is that it is a call.

/** @param call answers all requests in their order, or fails all of them; it is given `max` at most */
export function gathered<Request, Reply>(
  call: (requests: readonly Request[]) => Promise<readonly Reply[]>,
  max: number,
): (request: Request) => Promise<Reply> {
  let waiting: { request: Request; resolve(reply: Reply): void; reject(error: unknown): void }[] = []

  const send = async () => {
    const sent = waiting
    waiting = []
    try {
      const replies = await call(sent.map(({ request }) => request))
      for (const [index, { resolve }] of sent.entries()) resolve(replies[index] as Reply)
    } catch (error) {
      for (const { reject } of sent) reject(error)
    }
  }

  return (request) => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    waiting.push({ request, resolve, reject })
    if (waiting.length === 1) setImmediate(() => waiting.length > 0 && void send())
    if (waiting.length === max) void send()
    return promise
  }
}
