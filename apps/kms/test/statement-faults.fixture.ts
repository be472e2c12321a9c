import type { DataSource } from 'typeorm';
import type { TemporaryDatabase } from '@cryptoutil/testing';

/**
 * What befalls a statement. `cut before`: the connection breaks before the server sees it; `cut after`: when it has done it, before the answer is
 * seen; `terminated`: the server ends the session (`pg_terminate_backend`) before it.
 */
export type Fault = 'cut before' | 'cut after' | 'terminated';
export const faults: readonly Fault[] = ['cut before', 'cut after', 'terminated'];

/** Breaks the statement that was asked for. */
export interface StatementFaults {
  /** The `at`th statement from now on, counted from 1, meets this fault; those that only ask for readiness are not counted. */
  arm(at: number, fault: Fault): void;
  /** Ends it; the statement that met the fault, undefined when there were not so many. */
  disarm(): string | undefined;
}

interface Client {
  processID: number;
  connection: { stream: { destroy(): void } };
  query(...parameters: unknown[]): Promise<unknown>;
  hooked?: true;
}

const readiness = 'SELECT 1 FROM barrier WHERE id = 1';

/** Hooks into the connections of a data source that is connected. */
export function statementFaults(dataSource: DataSource, database: TemporaryDatabase): StatementFaults {
  let armed: { left: number; fault: Fault } | undefined;
  let fired: string | undefined;

  const hook = (client: Client) => {
    if (client.hooked) return;
    client.hooked = true;
    const query = client.query.bind(client);
    client.query = async (...parameters: unknown[]) => {
      const [text] = parameters;
      if (!armed || typeof text !== 'string' || text === readiness || (armed.left -= 1) > 0)
        return query(...parameters);
      const { fault } = armed;
      armed = undefined;
      fired = text;
      if (fault === 'terminated') {
        await database.sql('SELECT pg_terminate_backend($1)', [client.processID]);
        return query(...parameters);
      }
      if (fault === 'cut before') client.connection.stream.destroy();
      const answer = await query(...parameters);
      client.connection.stream.destroy();
      if (fault === 'cut after') throw new Error('Connection terminated unexpectedly');
      return answer;
    };
  };
  const pool = (
    dataSource.driver as unknown as { master: { on(event: 'acquire', told: (client: Client) => void): void } }
  ).master;
  pool.on('acquire', hook);

  return {
    arm: (at, fault) => {
      fired = undefined;
      armed = { left: at, fault };
    },
    disarm: () => {
      armed = undefined;
      return fired;
    },
  };
}
