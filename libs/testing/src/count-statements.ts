import type { DataSource, Logger } from 'typeorm';

/** How many statements a piece of work sent to the database; what only brackets a transaction is not counted. */
export interface StatementCount {
  reads: number;
  writes: number;
}

const bracket = /^\s*(?:START TRANSACTION|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET)\b/i;
const write = /\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE|CREATE|ALTER|DROP)\b/i;
const rowLock = /\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b/gi;

/**
 * Counts the statements that go through `dataSource` while `work` runs. One with a writing part (also inside WITH) is a write; a read that
 * locks rows is a read. Work of others on the same data source is counted too, so run nothing beside it.
 */
export async function countStatements(dataSource: DataSource, work: () => Promise<unknown>): Promise<StatementCount> {
  const count: StatementCount = { reads: 0, writes: 0 };
  const before = dataSource.logger;
  dataSource.logger = new Proxy(before, {
    get(target, property, receiver) {
      if (property !== 'logQuery') return Reflect.get(target, property, receiver) as unknown;
      return ((query, parameters, runner) => {
        if (!bracket.test(query)) count[write.test(query.replaceAll(rowLock, '')) ? 'writes' : 'reads'] += 1;
        target.logQuery(query, parameters, runner);
      }) satisfies Logger['logQuery'];
    },
  });
  try {
    await work();
  } finally {
    dataSource.logger = before;
  }
  return count;
}
