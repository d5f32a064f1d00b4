// The seats of a section as a picture that can be walked with the keyboard. Drawn once; a change touches only its seats.
import { h, s, setText } from '/common/dom.js'
import { nearestTowards, pitchOf } from './nearest.js'

/** On the screen from seat to seat: as wide as a fingertip where one points with it. */
const pitchPxMin = matchMedia('(pointer: coarse)').matches ? 44 : 27
const pitchPxMax = 44
const huesCount = 6
const zooms = [0.8, 1, 1.3, 1.7]
/** Units from seat to seat in the picture. */
const pitch = 24

/** What is drawn in a seat of 20 units beside its number: no state is told by colour alone. */
const marks = {
  chosen: 'M-5 0 L-1.5 4 L5.5 -4',
  mine: 'M0 -6 L1.8 -1.9 L6 -1.9 L2.6 1 L3.9 5.6 L0 2.9 L-3.9 5.6 L-2.6 1 L-6 -1.9 L-1.8 -1.9 Z',
  held: 'M-6.5 6.5 L6.5 -6.5',
  sold: 'M-4.5 -4.5 L4.5 4.5 M-4.5 4.5 L4.5 -4.5',
  blocked: 'M-5 0 L5 0',
}

export class SeatMap {
  #app
  #listener
  #seats = new Map()
  #elements = new Map()
  #current = null
  #zoom = 1
  #size = { width: 0, height: 0 }
  #prices = h('ul', { class: 'legend plain' })
  #caption = h('p', { class: 'caption' })
  #box = h('div', { class: 'map-box' })
  #svg = null

  /** @param listener `kindOf` and `describe` a seat, `choose` one */
  constructor(app, listener) {
    const { words } = app
    this.#app = app
    this.#listener = listener
    const zoom = (by, id, label, text) =>
      h(
        'button',
        {
          type: 'button',
          class: 'quiet sign',
          id,
          'aria-label': label,
          on: { click: () => this.#zoomBy(by) },
        },
        text,
      )
    this.element = h('div', { class: 'map' }, [
      h('div', { class: 'map-head' }, [
        this.#prices,
        h('div', { class: 'zoom' }, [
          zoom(-1, 'zoom-out', words.zoomOut, '−'),
          zoom(1, 'zoom-in', words.zoomIn, '+'),
        ]),
      ]),
      this.#box,
      this.#caption,
      legend(words),
      h('p', { class: 'dim small keys' }, words.mapKeys),
    ])
  }

  /** @param prices `{category, text}`, of all categories in their order */
  draw(seats, { name, prices }) {
    const hues = new Map(prices.map(({ category }, index) => [category, index % huesCount]))
    this.#seats = seats
    this.#elements = new Map()
    const all = [...seats.values()]
    const scale = pitch / pitchOf(all)
    const [xs, ys] = [all.map(({ x }) => x), all.map(({ y }) => y)]
    const [left, above] = [Math.min(...xs), Math.min(...ys)]
    const at = ({ x, y }) => [(x - left) * scale + 40, (y - above) * scale + 16]
    this.#size = {
      width: (Math.max(...xs) - left) * scale + 56,
      height: (Math.max(...ys) - above) * scale + 32,
    }
    const elements = all.map((seat) => {
      const element = seatElement(seat, at(seat), hues.get(seat.category))
      this.#elements.set(seat.id, element)
      return element
    })
    this.#svg = s(
      'svg',
      {
        class: 'seats',
        role: 'group',
        'aria-label': this.#app.words.mapLabel(name),
        viewBox: `0 0 ${this.#size.width} ${this.#size.height}`,
        on: {
          click: (event) => this.#onClick(event),
          keydown: (event) => this.#onKey(event),
          focusin: (event) => this.#tellSeat(event),
          pointerover: (event) => this.#tellSeat(event),
        },
      },
      [rowLabels(all, at), elements],
    )
    this.update([...seats.keys()])
    this.#box.replaceChildren(this.#svg)
    this.#resize()
    this.#box.scrollTo((this.#box.scrollWidth - this.#box.clientWidth) / 2, 0)
    this.#prices.replaceChildren(
      ...prices
        .filter(({ category }) => all.some((seat) => seat.category === category))
        .map(({ category, text }) => h('li', {}, [swatch('free', hues.get(category)), text])),
    )
    this.#setCurrent(all.find(({ status }) => status === 'free') ?? all[0])
    setText(this.#caption, this.#app.words.mapCaption)
  }

  /** Shows those seats as they are now. */
  update(ids) {
    for (const id of ids) {
      const seat = this.#seats.get(id)
      const element = this.#elements.get(id)
      if (seat === undefined || element === undefined) continue
      const kind = this.#listener.kindOf(seat)
      element.dataset.kind = kind
      element.setAttribute('aria-label', this.#listener.describe(seat))
      element.setAttribute('aria-checked', String(kind === 'chosen'))
      element.setAttribute('aria-disabled', String(kind !== 'chosen' && kind !== 'free'))
      element.querySelector('.mark').setAttribute('d', marks[kind] ?? '')
    }
  }

  focus() {
    this.#elements.get(this.#current?.id)?.focus({ preventScroll: true })
  }

  #zoomBy(by) {
    const next = zooms[zooms.indexOf(this.#zoom) + by]
    if (next === undefined) return
    this.#zoom = next
    this.#resize()
  }

  #resize() {
    const fitting = ((this.#box.clientWidth - 14) / this.#size.width) * pitch
    const factor = (Math.min(Math.max(fitting, pitchPxMin), pitchPxMax) / pitch) * this.#zoom
    this.#svg?.setAttribute('width', Math.round(this.#size.width * factor))
    this.#svg?.setAttribute('height', Math.round(this.#size.height * factor))
  }

  #seatOf(event) {
    return this.#seats.get(event.target.closest?.('.seat')?.dataset.seat)
  }

  #setCurrent(seat) {
    if (seat === undefined || seat === null) return
    this.#elements.get(this.#current?.id)?.setAttribute('tabindex', '-1')
    this.#current = seat
    this.#elements.get(seat.id).setAttribute('tabindex', '0')
  }

  #onClick(event) {
    const seat = this.#seatOf(event)
    if (seat === undefined) return
    this.#setCurrent(seat)
    this.#listener.choose(seat)
    setText(this.#caption, this.#listener.describe(seat))
  }

  #onKey(event) {
    const seat = this.#seatOf(event)
    if (seat === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      return this.#onClick(event)
    }
    const next = nearestTowards(event.key, seat, this.#seats.values())
    if (next === undefined) return
    event.preventDefault()
    if (next === null) return
    this.#setCurrent(next)
    const element = this.#elements.get(next.id)
    element.focus({ preventScroll: true })
    element.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }

  #tellSeat(event) {
    const seat = this.#seatOf(event)
    if (seat !== undefined) setText(this.#caption, this.#listener.describe(seat))
  }
}

const seatElement = ({ id, number }, [x, y], hue) =>
  s(
    'g',
    {
      class: 'seat',
      role: 'checkbox',
      tabindex: '-1',
      transform: `translate(${x} ${y})`,
      data: { seat: id, hue },
    },
    [
      s('rect', { class: 'reach', x: -12, y: -12, width: 24, height: 24 }),
      s('rect', { class: 'body', x: -10, y: -10, width: 20, height: 20, rx: 5 }),
      s('text', { class: 'seat-number', y: 3.2 }, number),
      s('path', { class: 'mark' }),
    ],
  )

/** Before the first seat of each row. */
function rowLabels(seats, at) {
  const rows = Map.groupBy(seats, ({ row }) => row)
  return [...rows].map(([row, ofRow]) => {
    const [x, y] = at(ofRow.reduce((first, seat) => (seat.x < first.x ? seat : first)))
    return s('text', { class: 'row-name', x: x - 18, y: y + 3.2, 'aria-hidden': 'true' }, row)
  })
}

const legend = ({ kinds }) =>
  h(
    'ul',
    { class: 'legend plain' },
    ['free', 'chosen', 'mine', 'held', 'sold', 'blocked'].map((kind) =>
      h('li', {}, [swatch(kind, null), kinds[kind]]),
    ),
  )

const swatch = (kind, hue) =>
  s('svg', { viewBox: '-12 -12 24 24', width: 22, height: 22, 'aria-hidden': 'true' }, [
    s('g', { class: 'seat', data: { kind, ...(hue !== null && { hue }) } }, [
      s('rect', { class: 'body', x: -10, y: -10, width: 20, height: 20, rx: 5 }),
      s('path', { class: 'mark', d: marks[kind] ?? '' }),
    ]),
  ])
