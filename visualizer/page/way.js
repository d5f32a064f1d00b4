// One reservation: its way over the chart, its journal beside it, and time travel from step to step.

import { download, h, setText } from '/common/dom.js'
import * as api from './api.js'
import { moment, span, stateName, whose } from './words.js'

/** A pause that is longer than this is folded into a line of its own. */
const longGapMs = 10_000

/** @param at how many of the steps have happened */
export function wayPanel(app, found, at) {
  const { words, language } = app
  const { subject, steps, isCut } = found
  const position = h('p', { class: 'dim', role: 'status' })
  const detail = h('div')
  const buttons = steps.map((step, index) => stepButton(app, step, index))
  const list = h(
    'ol',
    { class: 'steps' },
    steps.map((_, index) => [gapBefore(app, steps, index), h('li', {}, buttons[index])]),
  )
  const command = `npm run replay -- show ${subject.id}`
  const code = h('code', {}, command)

  const element = h('section', { class: 'card-body' }, [
    h('p', { class: 'kind' }, words.way),
    h('h2', { class: 'mono id', id: 'panel-title', tabindex: '-1' }, subject.id),
    h('p', { class: 'row' }, [
      h('span', { class: 'chip mono', data: { hue: subject.state ?? '' } }, subject.state ?? '–'),
      language === 'en' ? null : h('span', {}, stateName(language, subject.state)),
      h('span', { class: 'dim' }, `${whose(words, subject)} `, h('b', {}, subject.userId)),
      subject.deadline
        ? h('span', { class: 'dim' }, `${words.deadline} ${moment(language, subject.deadline)}`)
        : null,
    ]),
    h('div', { class: 'walk' }, [
      iconButton('◀', words.back, () => app.walk(-1)),
      position,
      iconButton('▶', words.forward, () => app.walk(1)),
    ]),
    h('p', { class: 'dim wide' }, words.keys),
    list,
    isCut ? h('p', { class: 'dim' }, words.cut) : null,
    detail,
    h('h3', {}, words.replayIt),
    h('div', { class: 'command' }, [
      code,
      copyButton(
        words,
        words.copyCommand,
        () => command,
        () => getSelection().selectAllChildren(code),
      ),
    ]),
    h('div', { class: 'row' }, [
      copyButton(words, words.copyLink, () => location.href),
      h('button', { type: 'button', class: 'quiet', on: { click: () => app.exportChart() } }, 'SVG'),
      h(
        'button',
        {
          type: 'button',
          class: 'quiet',
          on: { click: takeMermaid },
        },
        'Mermaid',
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'quiet',
          on: {
            click: () => download(`${subject.id}.json`, 'application/json', JSON.stringify(found, null, 2)),
          },
        },
        'JSON',
      ),
    ]),
  ])

  function show(step) {
    at = step
    for (const [index, button] of buttons.entries()) {
      button.setAttribute('aria-current', index === at - 1 ? 'step' : 'false')
      button.classList.toggle('past', index < at)
    }
    setText(position, at === 0 ? words.before : words.step(at, steps.length))
    detail.replaceChildren(...(at === 0 ? [] : [stepDetail(app, steps[at - 1])]))
    buttons[at - 1]?.scrollIntoView({ block: 'nearest' })
  }

  async function takeMermaid() {
    try {
      download(`${subject.id}.mmd`, 'text/plain', await api.mermaid(app.machine, subject.id))
    } catch (error) {
      if (!app.tryAgain(error, takeMermaid)) throw error
    }
  }
  show(at)
  return { element, show, live() {} }
}

const iconButton = (text, label, act) =>
  h('button', { type: 'button', class: 'icon', 'aria-label': label, title: label, on: { click: act } }, text)

/** @param refused called where the browser has no clipboard or does not let one write to it */
function copyButton(words, text, read, refused) {
  const button = h('button', { type: 'button', class: 'quiet' }, text)
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(read())
      setText(button, words.copied)
    } catch {
      setText(button, words.notCopied)
      refused?.()
    }
    setTimeout(() => setText(button, text), 1_500)
  })
  return button
}

/** What lies between two decisions: a line where it is long, nothing where it is short. */
function gapBefore({ words, language }, steps, index) {
  if (index === 0) return null
  const ms = Date.parse(steps[index].at) - Date.parse(steps[index - 1].at)
  return h('li', { class: ms >= longGapMs ? 'gap long' : 'gap' }, `+${words.later(span(language, ms))}`)
}

function stepButton({ language, go, subjectId }, { event, outcome, code, from, to, at }, index) {
  return h(
    'button',
    {
      type: 'button',
      class: 'step',
      data: { outcome, step: index + 1 },
      on: { click: () => go({ id: subjectId, step: index + 1 }) },
    },
    [
      h('span', { class: 'n' }, String(index + 1)),
      h('span', { class: 'what' }, [
        h('span', { class: 'mono strong' }, event),
        ' ',
        code === null
          ? h('span', { class: 'mono dim' }, from === to ? to : `${from} → ${to}`)
          : h('span', { class: 'chip bad mono' }, code),
      ]),
      h('time', { class: 'dim', datetime: at }, moment(language, at)),
    ],
  )
}

function stepDetail(app, step) {
  const { words, language, chart } = app
  const waitedMs = Date.parse(step.at) - Date.parse(step.acceptedAt)
  return h('article', { class: 'detail', 'aria-live': 'polite' }, [
    h('h3', {}, `${words.asked}: `, h('span', { class: 'mono' }, step.event)),
    h('p', { class: 'dim' }, [
      `${words.acceptedAt} ${moment(language, step.acceptedAt)}, ${words.decidedAt} +${span(language, waitedMs)}`,
    ]),
    step.branch === null ? h('p', { class: 'dim' }, words.otherVersion(step.machine)) : null,
    h('h3', {}, words.verdicts),
    step.verdicts.length === 0
      ? h('p', { class: 'dim' }, words.noVerdicts)
      : h(
          'ul',
          { class: 'verdicts' },
          step.verdicts.map(({ rule, holds }) =>
            h('li', { data: { holds: String(holds) } }, [
              h(
                'span',
                { class: 'tick', role: 'img', 'aria-label': holds ? words.holds : words.broken },
                holds ? '✓' : '✗',
              ),
              h('span', {}, [
                h('span', { class: 'mono' }, rule),
                h(
                  'span',
                  { class: 'said' },
                  chart.rules?.[rule]?.[language]?.[holds ? 'rule' : 'broken'] ?? '',
                ),
              ]),
            ]),
          ),
        ),
    h('h3', {}, words.facts),
    table(language, step.facts),
    h('h3', {}, words.effects),
    step.effects.map(({ type, params }) =>
      h('div', { class: 'effect' }, [h('span', { class: 'chip mono' }, type), table(language, params)]),
    ),
    h('p', { class: 'dim mono small' }, [
      `#${step.position} · seq ${step.seq ?? '–'} · ${step.machine} · partition ${step.partition} · epoch ${step.epoch} · delivery ${step.delivery}`,
    ]),
    h('p', { class: 'dim mono small id' }, step.commandId),
    step.redriveOf === null
      ? null
      : h('p', { class: 'dim mono small id' }, `${words.redriven}: ${step.redriveOf}`),
  ])
}

function table(language, values) {
  const rows = Object.entries(values)
  if (rows.length === 0) return null
  return h(
    'dl',
    { class: 'facts' },
    rows.map(([name, value]) =>
      h(
        'div',
        {},
        h('dt', { class: 'mono' }, name),
        h('dd', { class: 'mono' }, shown(language, name, value)),
      ),
    ),
  )
}

/** Times are told as such; everything else as the journal has it. */
function shown(language, name, value) {
  const isTime = typeof value === 'number' && value > 1e12 && /(At|deadline|^at|until)$/i.test(name)
  if (isTime && value < 8e15) return moment(language, value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}
