// The chart as a file that looks the same anywhere: the styles that the page gives stand in the picture itself.
const properties = [
  ...[
    'fill',
    'stroke',
    'stroke-width',
    'stroke-dasharray',
    'opacity',
    'font-family',
    'font-size',
    'font-weight',
  ],
  ...['text-anchor', 'display', 'fill-opacity', 'stroke-opacity', 'stroke-linecap'],
]

export function pictureOf(stage, scene, { width, height }) {
  const svg = stage.cloneNode(false)
  const copy = scene.cloneNode(true)
  copy.removeAttribute('transform')
  inline(scene, copy)
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` }))
    svg.setAttribute(name, value)
  for (const name of ['class', 'tabindex', 'aria-label', 'role', 'id']) svg.removeAttribute(name)
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
  ground.setAttribute('width', '100%')
  ground.setAttribute('height', '100%')
  ground.setAttribute('fill', getComputedStyle(stage).backgroundColor)
  svg.append(ground, stage.querySelector('defs').cloneNode(true), copy)
  inline(stage.querySelector('defs'), svg.querySelector('defs'))
  return new XMLSerializer().serializeToString(svg)
}

function inline(from, to) {
  const style = getComputedStyle(from)
  for (const property of properties) {
    const value = style.getPropertyValue(property)
    if (value !== '') to.setAttribute(property, value)
  }
  for (const name of ['class', 'tabindex', 'role']) to.removeAttribute(name)
  for (const [index, child] of [...from.children].entries()) inline(child, to.children[index])
}
