// Stands for whatever is there now: a store that is lost and begins anew stays the same thing to who uses it.
export const forwarding = <Port extends object>(current: () => Port): Port =>
  new Proxy({} as Port, {
    get: (_, name) => {
      const now = current()
      const member = Reflect.get(now, name)
      return typeof member === 'function' ? member.bind(now) : member
    },
  })
