// Questions to the server, as every page asks them. The token lives in this tab and goes into a header, never into an address:
// one for each role that a page is for, since somebody may have several pages open in a tab, one after the other.
const place = ['holdfast.token', document.documentElement.dataset.role].filter(Boolean).join('.')

export const login = {
  get token() {
    return sessionStorage.getItem(place)
  },
  keep(token) {
    sessionStorage.setItem(place, token)
  },
  forget() {
    sessionStorage.removeItem(place)
  },
}

export class Refused extends Error {
  /** @param retryAfterMs when the server wants to be asked again, or null */
  constructor(status, problem, retryAfterMs = null) {
    super(problem?.detail ?? `${status}`)
    this.status = status
    this.retryAfterMs = retryAfterMs
    this.problem = problem
    this.whatNext = problem?.whatNext ?? ''
    this.isAway = [502, 503, 504].includes(status)
  }
}

/** No answer came, or it broke off: the server may be back in a moment. */
class Away extends Error {
  isAway = true
}

export const orAway = (answer) =>
  answer.catch(() => {
    throw new Away()
  })

/**
 * @param {RequestInit} options
 * @throws {Refused} with what the server says
 * @throws {Away} where no answer came
 */
export async function ask(path, options = {}) {
  const response = await orAway(
    fetch(path, {
      ...options,
      headers: {
        ...(login.token === null ? {} : { authorization: `Bearer ${login.token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
    }),
  )
  if (response.ok) return response
  const problem = await response.json().catch(() => null)
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  throw new Refused(response.status, problem, Number.isFinite(seconds) ? seconds * 1_000 : null)
}

export const json = async (path, options) => orAway((await ask(path, options)).json())
export const query = (parameters) => {
  const given = Object.entries(parameters).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

/**
 * Reads the stream for as long as the page is seen and `signal` lets it, and opens it anew when it ends.
 * @param listener has a function for each kind of event, and `lost` for an error, or null once it is there again
 * @param options `headers` that go along; `isUnseenToo` where it is read while the page is not seen, too
 */
export async function follow(path, listener, signal, { headers = {}, isUnseenToo = false } = {}) {
  let failures = 0
  while (!signal.aborted) {
    if (!isUnseenToo) await seen()
    const watching = new AbortController()
    const look = () => document.hidden && !isUnseenToo && watching.abort()
    document.addEventListener('visibilitychange', look, { signal: watching.signal })
    let retryAfterMs = null
    try {
      const response = await ask(path, { headers, signal: AbortSignal.any([signal, watching.signal]) })
      for await (const { event, data } of events(response.body)) {
        failures = 0
        listener[event]?.(data)
      }
      listener.lost(null)
    } catch (error) {
      if (signal.aborted) return
      listener.lost(error)
      if (watching.signal.aborted) continue
      if (error instanceof Refused && error.status < 429) return
      retryAfterMs = error.retryAfterMs ?? null
    } finally {
      watching.abort()
    }
    await pause(++failures, retryAfterMs)
  }
}

const pauseMs = 1_500
const pauseMaxMs = 20_000

/**
 * Before the server is asked again: as long as it said, else longer each time; and not all at once who lost it together.
 * @param failures in a row
 */
export const pause = (failures = 1, retryAfterMs = null) => {
  const ms = retryAfterMs ?? Math.min(pauseMs * 2 ** (failures - 1), pauseMaxMs)
  return new Promise((resolve) => setTimeout(resolve, ms * (1 + Math.random() / 2)))
}

/** Once the page can be seen: one in the background watches nothing, and costs nothing. */
const seen = () =>
  new Promise((resolve) => {
    if (document.hidden) document.addEventListener('visibilitychange', resolve, { once: true })
    else resolve()
  })

/** The server is heard every 15 seconds, if only with a comment. */
const silentMaxMs = 40_000

async function orSilent(reading) {
  const silence = Promise.withResolvers()
  const timer = setTimeout(() => silence.reject(new Away()), silentMaxMs)
  try {
    return await Promise.race([reading, silence.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  try {
    for (;;) {
      const { value, done } = await orSilent(reader.read())
      if (done) return
      const frames = (text + value).split('\n\n')
      text = frames.pop()
      for (const frame of frames) {
        const fields = new Map(frame.split('\n').map((line) => line.split(/: (.*)/s)))
        if (fields.has('data')) yield { event: fields.get('event'), data: JSON.parse(fields.get('data')) }
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

/** Of a command; not `randomUUID`, which browsers keep from pages of other machines without TLS. */
export const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
