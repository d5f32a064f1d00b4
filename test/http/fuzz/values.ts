// Values that a schema allows, from fast-check; and values that nobody should send.
import fc from 'fast-check'
import type { Schema } from './contract.ts'

/** For the parts of JSON Schema that our contract is written in. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  const {
    type,
    anyOf,
    enum: choices,
    const: only,
  } = schema as Schema & {
    type?: string | string[]
    anyOf?: Schema[]
    enum?: unknown[]
  }
  if (only !== undefined) return fc.constant(only)
  if (choices) return fc.constantFrom(...choices)
  if (anyOf) return fc.oneof(...anyOf.map(valuesOf))
  if (Array.isArray(type)) return fc.oneof(...type.map((each) => valuesOf({ ...schema, type: each })))
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer(boundsOf(schema, 1_000_000))
    case 'number':
      return fc.double({ ...boundsOf(schema, 1_000_000), noNaN: true })
    case 'string':
      return texts(schema)
    case 'array':
      return lists(schema)
    case 'object':
      return objects(schema)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

function boundsOf(schema: Schema, otherwise: number): { min: number; max: number } {
  const { minimum, maximum, exclusiveMinimum } = schema as Record<string, number | undefined>
  const min = minimum ?? (exclusiveMinimum === undefined ? -otherwise : exclusiveMinimum + 1)
  return { min, max: maximum ?? Math.max(min, otherwise) }
}

function texts(schema: Schema): fc.Arbitrary<string> {
  const {
    pattern,
    format,
    minLength = 0,
    maxLength = 40,
  } = schema as {
    pattern?: string
    format?: string
    minLength?: number
    maxLength?: number
  }
  if (format === 'date-time')
    return fc
      .date({ min: new Date(0), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true })
      .map((date) => date.toISOString())
  // Anything but control characters and halves of pairs: more than a generator of patterns can know.
  if (pattern === undefined || pattern.includes('\\p{'))
    return fc.string({ minLength: Math.max(1, minLength), maxLength: Math.min(maxLength, 40), unit: letters })
  return fc.stringMatching(new RegExp(pattern), { size: 'small' })
}

const letters = fc.constantFrom(...'abcXYZ019 -_ä한é<>&"\'')

function lists(schema: Schema): fc.Arbitrary<unknown[]> {
  const {
    items,
    minItems = 0,
    maxItems = 6,
    uniqueItems,
  } = schema as {
    items?: Schema
    minItems?: number
    maxItems?: number
    uniqueItems?: boolean
  }
  const bounds = { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, 6)) }
  const item = valuesOf(items ?? {})
  return uniqueItems ? fc.uniqueArray(item, bounds) : fc.array(item, bounds)
}

function objects(schema: Schema): fc.Arbitrary<object> {
  const {
    properties = {},
    required = [],
    patternProperties,
    additionalProperties,
  } = schema as {
    properties?: Record<string, Schema>
    required?: string[]
    patternProperties?: Record<string, Schema>
    additionalProperties?: Schema | boolean
  }
  const members = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, valuesOf(each)])),
    { requiredKeys: required },
  )
  const others = [
    ...Object.entries(patternProperties ?? {}),
    ...(typeof additionalProperties === 'object' ? [['^[a-z]{1,8}$', additionalProperties] as const] : []),
  ].map(([pattern, each]) =>
    fc.dictionary(fc.stringMatching(new RegExp(pattern)), valuesOf(each), { maxKeys: 3 }),
  )
  return fc.tuple(members, ...others).map((all) => Object.assign({}, ...all))
}

/** What people and programs send who mean no good, or know no better. */
export const nonsense: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    Number.POSITIVE_INFINITY,
    Number.MAX_SAFE_INTEGER,
    2 ** 31,
    '',
    ' ',
    'x',
    '0',
    '-1',
    '1e9',
  ],
  ...['50 or 1=1', "'; DROP TABLE journal; --", '../../etc/passwd', '%00', '%', '__proto__', 'constructor'],
  ...['<script>alert(1)</script>', '\u0000', '\ud800', '한국어', 'Ä', 'a'.repeat(300), '{{7*7}}', '*'],
  ...[[], [null], [[]], {}, { __proto__: null }, { toString: 1 }, { $gt: '' }, [1, 'a'], ['a', 'a']],
]
