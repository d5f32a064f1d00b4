// Moves the drawing: wheel and pinch zoom, drag moves, and buttons and keys do the same.
const scaleMin = 0.2
const scaleMax = 3
/** Kept free below for the buttons. */
const toolsHeight = 56

export class Camera {
  #view = { x: 0, y: 0, scale: 1 }
  #size = { width: 1, height: 1 }
  #isFitted = true
  #pointers = new Map()

  /** `stage` is the SVG element, `scene` the group in it that is moved. */
  constructor(stage, scene) {
    this.stage = stage
    this.scene = scene
    stage.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false })
    stage.addEventListener('pointerdown', (event) => this.#onDown(event))
    stage.addEventListener('pointermove', (event) => this.#onMove(event))
    for (const name of ['pointerup', 'pointercancel', 'pointerleave'])
      stage.addEventListener(name, (event) => this.#pointers.delete(event.pointerId))
    new ResizeObserver(() => this.#isFitted && this.fitAll()).observe(stage)
  }

  /** The whole of a drawing of this size. */
  show(size) {
    this.#size = size
    this.fitAll()
  }

  fitAll() {
    const { width, height: whole } = this.stage.getBoundingClientRect()
    if (width === 0) return
    const height = whole - toolsHeight
    const scale = Math.min(1.35, Math.min(width / this.#size.width, height / this.#size.height))
    this.#isFitted = true
    this.#set({
      scale,
      x: (width - this.#size.width * scale) / 2,
      y: (height - this.#size.height * scale) / 2,
    })
  }

  /** Around the middle of the stage, or around the point. */
  zoom(factor, point) {
    const { width, height } = this.stage.getBoundingClientRect()
    const { x, y } = point ?? { x: width / 2, y: height / 2 }
    const { scale } = this.#view
    const next = Math.min(scaleMax, Math.max(scaleMin, scale * factor))
    this.#isFitted = false
    this.#set({
      scale: next,
      x: x - ((x - this.#view.x) * next) / scale,
      y: y - ((y - this.#view.y) * next) / scale,
    })
  }

  #set(view) {
    this.#view = view
    this.scene.setAttribute('transform', `translate(${view.x} ${view.y}) scale(${view.scale})`)
  }

  #onWheel(event) {
    event.preventDefault()
    const { left, top } = this.stage.getBoundingClientRect()
    this.zoom(Math.exp(-event.deltaY * 0.0015), { x: event.clientX - left, y: event.clientY - top })
  }

  #onDown(event) {
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
  }

  #onMove(event) {
    const before = this.#pointers.get(event.pointerId)
    if (before === undefined) return
    const now = { x: event.clientX, y: event.clientY }
    if (this.#pointers.size === 1) {
      this.#isFitted = false
      this.#set({ ...this.#view, x: this.#view.x + now.x - before.x, y: this.#view.y + now.y - before.y })
    } else if (this.#pointers.size === 2) {
      const [other] = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point)
      const apart = (point) => Math.hypot(point.x - other.x, point.y - other.y)
      const { left, top } = this.stage.getBoundingClientRect()
      this.zoom(apart(now) / Math.max(1, apart(before)), {
        x: (now.x + other.x) / 2 - left,
        y: (now.y + other.y) / 2 - top,
      })
    }
    this.#pointers.set(event.pointerId, now)
  }
}
