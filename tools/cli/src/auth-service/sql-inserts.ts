/** One row of an INSERT statement, by column. */
export interface SqlRow {
  readonly table: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Should be shown: the text is not the kind of SQL that can be imported. */
export class SqlUnreadable extends Error {
  override readonly name = 'SqlUnreadable';
}

const INSERT = /\binsert\s+into\s+(?:[\w"]+\s*\.\s*)?"?(\w+)"?\s*\(([^)]*)\)\s*values\s*/giy;

/**
 * The rows of `INSERT INTO table (columns) VALUES (…), (…);` statements. Other statements and comments are skipped. Values are texts,
 * numbers, booleans, NULL, and lists as `ARRAY['a','b']`; casts such as `::text[]` are ignored.
 */
export function readInserts(sql: string): SqlRow[] {
  const rows: SqlRow[] = [];
  for (let at = 0; at < sql.length;) {
    INSERT.lastIndex = at;
    const found = INSERT.exec(sql);
    if (!found) {
      at = afterToken(sql, at);
      continue;
    }
    const columns = found[2]!.split(',').map((column) => column.trim().replaceAll('"', '').toLowerCase());
    const reader = new ValueReader(sql, INSERT.lastIndex);
    do {
      const values = reader.tuple();
      if (values.length !== columns.length)
        throw new SqlUnreadable(`A row of ${found[1]} has ${values.length} values for ${columns.length} columns.`);
      const pairs = columns.map((column, index) => [column, values[index]]);
      rows.push({ table: found[1]!.toLowerCase(), values: Object.fromEntries(pairs) as Record<string, unknown> });
    } while (reader.skip(','));
    at = reader.at;
  }
  return rows;
}

/** The end of a comment, a quoted text or a single character. */
function afterToken(sql: string, at: number): number {
  const token = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|\w+|[\s\S]/y;
  token.lastIndex = at;
  token.exec(sql);
  return token.lastIndex;
}

class ValueReader {
  constructor(
    private readonly sql: string,
    public at: number,
  ) {}

  tuple(): unknown[] {
    this.expect('(');
    return this.list(')');
  }

  skip(text: string): boolean {
    this.space();
    if (!this.sql.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private list(end: string): unknown[] {
    const values: unknown[] = [];
    if (this.skip(end)) return values;
    do values.push(this.value());
    while (this.skip(','));
    this.expect(end);
    return values;
  }

  private value(): unknown {
    const text = this.match(/'((?:[^']|'')*)'/y);
    const value = text ? text[1]!.replaceAll("''", "'") : this.bare();
    this.match(/::\s*[\w ]+(\[\])?/y);
    return value;
  }

  private bare(): unknown {
    if (this.match(/array\s*\[/iy)) return this.list(']');
    const number = this.match(/-?\d+(\.\d+)?/y);
    if (number) return Number(number[0]);
    const word = this.match(/true|false|null/iy)?.[0].toLowerCase();
    if (word === undefined)
      throw new SqlUnreadable(`A value cannot be read: ${this.sql.slice(this.at, this.at + 30)}…`);
    return word === 'null' ? undefined : word === 'true';
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    this.space();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.sql);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  private expect(text: string): void {
    if (!this.skip(text))
      throw new SqlUnreadable(`"${text}" is expected at: ${this.sql.slice(this.at, this.at + 30)}…`);
  }

  private space(): void {
    const space = /(\s|--[^\n]*)*/y;
    space.lastIndex = this.at;
    space.exec(this.sql);
    this.at = space.lastIndex;
  }
}
