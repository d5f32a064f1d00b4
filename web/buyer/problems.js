// What the server refused, in the page's language as far as there are words for it; else in the server's.

/** Null where there is none for it. */
export function codeText({ words }, code, details = {}) {
  const text = words.codes[code]
  return typeof text === 'function' ? text(details, words) : (text ?? null)
}

export function problemText(app, { message, isAway, problem, whatNext }) {
  if (isAway && problem == null) return app.words.away
  const own = codeText(app, problem?.code, problem ?? {})
  return own ?? ([message, whatNext].filter(Boolean).join(' ') || app.words.failed)
}
