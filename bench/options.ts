// What stands behind a benchmark's name: numbers, or lists with commas between, each with what it is unless it is given.
import { commandLine, misused } from '../ops/command-line.ts'

type Preset = number | readonly number[] | readonly string[]

type Given<Presets> = {
  readonly [Name in keyof Presets]: Presets[Name] extends number
    ? number
    : Presets[Name] extends readonly number[]
      ? readonly number[]
      : readonly string[]
}

/** @param options what follows the names on the command line */
export function optionsOf<const Presets extends Readonly<Record<string, Preset>>>(
  name: string,
  options: readonly string[],
  presets: Presets,
): Given<Presets> {
  const lines = Object.entries(presets).map(([option, preset]) => `  --${option} (${preset})`)
  const usage = [`npm run bench -- ${name}, ${lines.length > 0 ? 'with' : 'without options'}`, ...lines].join(
    '\n',
  )
  const { values } = commandLine(usage, {
    args: [...options],
    options: Object.fromEntries(Object.keys(presets).map((option) => [option, { type: 'string' as const }])),
  })
  const given = Object.entries(presets).map(([option, preset]) => {
    const text = values[option]
    if (text === undefined) return [option, preset]
    const list = text.split(',').filter(Boolean)
    if (typeof preset !== 'number' && typeof preset[0] === 'string') return [option, list]
    const isList = typeof preset !== 'number'
    const isRight =
      list.every((each) => /^\d{1,9}$/.test(each)) && (isList ? list.length > 0 : list.length === 1)
    if (!isRight)
      misused(usage, `--${option} takes ${isList ? 'whole numbers' : 'a whole number'}, not ${text}.`)
    const numbers = list.map(Number)
    return [option, isList ? numbers : numbers[0]]
  })
  return Object.fromEntries(given) as Given<Presets>
}
