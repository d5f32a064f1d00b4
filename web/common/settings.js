// What somebody chose for this browser: language and colours. Nothing of it is about anybody.
const read = (name, allowed, otherwise) => {
  const value = localStorage.getItem(`holdfast.${name}`)
  return allowed.includes(value) ? value : otherwise
}

export const settings = {
  get language() {
    return read('language', ['en', 'ko'], navigator.language.startsWith('ko') ? 'ko' : 'en')
  },
  set language(language) {
    localStorage.setItem('holdfast.language', language)
  },
  get theme() {
    return read('theme', ['auto', 'dark', 'light'], 'auto')
  },
  set theme(theme) {
    localStorage.setItem('holdfast.theme', theme)
    applyTheme()
  },
}

export function applyTheme() {
  document.documentElement.dataset.theme = settings.theme
}
