// How migrations say what a table is made of, the same for all databases.
import type { Knex } from 'knex'
import type { Dialect } from '../dialect.ts'

export interface Migration {
  /** Kept on the master; never changed once it was shipped, and neither is `up`. */
  readonly name: string
  up(schema: Schema): Promise<void>
}

/** The columns that a table may have; all of them NOT NULL unless they say otherwise. */
export class Columns {
  readonly table: Knex.TableBuilder
  readonly #collation: string

  constructor(table: Knex.TableBuilder, collation: string) {
    this.table = table
    this.#collation = collation
  }

  /** Compared byte by byte. */
  key(name: string, length: number): Knex.ColumnBuilder {
    return this.optionalKey(name, length).notNullable()
  }

  optionalKey(name: string, length: number): Knex.ColumnBuilder {
    return this.table.string(name, length).collate(this.#collation)
  }

  /** Up to 16 MiB: a journal entry, a payload, a reason. */
  text(name: string): Knex.ColumnBuilder {
    return this.table.text(name, 'mediumtext').collate(this.#collation).notNullable()
  }

  /** A seating plan. */
  longText(name: string): Knex.ColumnBuilder {
    return this.table.text(name, 'longtext').collate(this.#collation).notNullable()
  }

  /** A count, a time in ms, an amount in minor units. */
  integer(name: string): Knex.ColumnBuilder {
    return this.optionalInteger(name).notNullable()
  }

  optionalInteger(name: string): Knex.ColumnBuilder {
    return this.table.bigInteger(name)
  }

  flag(name: string): Knex.ColumnBuilder {
    return this.table.boolean(name).notNullable()
  }

  /** SHA-256. */
  digest(name: string): Knex.ColumnBuilder {
    return this.table.binary(name, 32).notNullable()
  }

  bytes(name: string): Knex.ColumnBuilder {
    return this.table.specificType(name, 'mediumblob').notNullable()
  }

  /** Ascending as rows come in; the primary key. */
  sequence(): Knex.ColumnBuilder {
    return this.table.bigIncrements('sequence')
  }
}

export class Schema {
  readonly knex: Knex
  readonly #dialect: Dialect
  readonly #collation: string

  constructor(knex: Knex, dialect: Dialect, collation: string) {
    this.knex = knex
    this.#dialect = dialect
    this.#collation = collation
  }

  /**
   * Where DDL is not undone by a rollback, a start that was interrupted may have left the table behind, empty.
   * @throws when it is there and holds rows: then the record of the migrations is not this database's
   */
  async createTable(name: string, define: (columns: Columns) => void): Promise<void> {
    if (await this.knex.schema.hasTable(name)) {
      if ((await this.knex(name).first()) !== undefined)
        throw new Error(`the table ${name} holds rows, and no migration is recorded that made it`)
      await this.knex.schema.dropTable(name)
    }
    await this.knex.schema.createTable(name, (table) => define(new Columns(table, this.#collation)))
  }

  /** Each with a default, for the servers of the release before; one that an interrupted start has added stays. */
  async addColumns(
    name: string,
    columns: Readonly<Record<string, (columns: Columns) => Knex.ColumnBuilder>>,
  ): Promise<void> {
    for (const [column, define] of Object.entries(columns)) {
      if (await this.knex.schema.hasColumn(name, column)) continue
      await this.knex.schema.alterTable(name, (table) => void define(new Columns(table, this.#collation)))
    }
  }

  /** One after the other, while servers of the release before go on; what an interrupted start has done of it stays. */
  async replaceIndex(table: string, before: readonly string[], after: readonly string[]): Promise<void> {
    const names = await this.#dialect.indexNames(this.knex, table)
    const isThere = (columns: readonly string[]) => names.includes(`${table}_${columns.join('_')}_index`)
    if (!isThere(after)) await this.knex.schema.alterTable(table, (columns) => void columns.index([...after]))
    if (isThere(before))
      await this.knex.schema.alterTable(table, (columns) => void columns.dropIndex([...before]))
  }
}
