// Questions to the server. The token lives in this tab and goes into a header, never into an address.
const place = 'holdfast.token'

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
  constructor(status, problem) {
    super(problem?.detail ?? `${status}`)
    this.status = status
    this.whatNext = problem?.whatNext ?? ''
    this.isAway = [502, 503, 504].includes(status)
  }
}

/** No answer came, or it broke off: the server may be back in a moment. */
class Away extends Error {
  isAway = true
}

const orAway = (answer) =>
  answer.catch(() => {
    throw new Away()
  })

async function ask(path, options = {}) {
  const response = await orAway(
    fetch(path, {
      ...options,
      headers: {
        ...(login.token === null ? {} : { authorization: `Bearer ${login.token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    }),
  )
  if (response.ok) return response
  const problem = await response.json().catch(() => null)
  throw new Refused(response.status, problem)
}

const json = async (path, options) => orAway((await ask(path, options)).json())
const query = (parameters) => {
  const given = Object.entries(parameters).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}
const of = ({ name, version }) => `/v1/machines/${encodeURIComponent(name)}/${version}`

export const machines = async () => (await json('/v1/machines')).items
export const chart = (machine) => json(of(machine))
export const drawing = (machine, options) => json(`${of(machine)}/drawing${query(options)}`)
export const subjects = (machine, filter) => json(`${of(machine)}/subjects${query(filter)}`)
export const way = (machine, id) => json(`${of(machine)}/subjects/${encodeURIComponent(id)}`)
export const comparison = (machine, later, options) =>
  json(`${of(machine)}/comparison${query(options)}`, { method: 'POST', body: JSON.stringify(later) })
export async function mermaid(machine, id) {
  const whole = id === undefined ? of(machine) : `${of(machine)}/subjects/${encodeURIComponent(id)}`
  const response = await ask(`${whole}/mermaid`)
  return orAway(response.text())
}

export const devLogin = async (userId) =>
  (await json('/v1/dev/login', { method: 'POST', body: JSON.stringify({ userId, role: 'developer' }) })).token

/**
 * Reads the stream for as long as the page is seen and `signal` lets it, and opens it anew when it ends.
 * @param {{ live(figures): void, overdue(found): void, lost(error): void }} listener
 */
export async function follow(name, listener, signal) {
  while (!signal.aborted) {
    await seen()
    const watching = new AbortController()
    const look = () => document.hidden && watching.abort()
    document.addEventListener('visibilitychange', look, { signal: watching.signal })
    try {
      const response = await ask(`/v1/machines/${encodeURIComponent(name)}/live/stream`, {
        signal: AbortSignal.any([signal, watching.signal]),
      })
      for await (const { event, data } of events(response.body)) listener[event]?.(data)
      listener.lost(null)
    } catch (error) {
      if (signal.aborted) return
      listener.lost(error)
      if (watching.signal.aborted) continue
      if (error instanceof Refused && error.status < 429) return
    } finally {
      watching.abort()
    }
    await pause()
  }
}

/** Before the server is asked again. */
export const pause = () => new Promise((resolve) => setTimeout(resolve, 1_500))

/** Once the page can be seen: one in the background watches nothing, and costs nothing. */
const seen = () =>
  new Promise((resolve) => {
    if (document.hidden) document.addEventListener('visibilitychange', resolve, { once: true })
    else resolve()
  })

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  try {
    for (;;) {
      const { value, done } = await reader.read()
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
