import type { Client, Connection, Submittable } from 'pg';

/** What `pg` calls on a query while it runs; a COPY needs few of them, and the rest must be there. */
interface RunningQuery extends Submittable {
  handleError(error: Error): void;
  handleReadyForQuery(): void;
  handleCommandComplete(message: { text: string }): void;
  handleCopyData(message: { chunk: Buffer }, connection: Connection): void;
  handleCopyInResponse(connection: Connection): void;
}

/** The COPY messages that a connection of `pg` can send, which its types leave out. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/** Rows are passed on in blocks of about this many bytes. */
const BLOCK_BYTES = 64 * 1024;
/** Above this much that nobody has taken yet, the server is made to wait. */
const WAITING_BYTES = 16 * BLOCK_BYTES;

const rowsOf = (commandTag: string): number => Number(/^COPY (\d+)$/.exec(commandTag)?.[1]);

/**
 * Runs `COPY … TO STDOUT` and gives its data in blocks, not faster than they are taken. The returned value is the number of rows. A
 * consumer that stops early must close the connection: the rest of the data is still on it.
 */
export async function* copyOut(client: Client, text: string): AsyncGenerator<Buffer, number> {
  const blocks: Buffer[] = [];
  let rows: Buffer[] = [];
  let rowBytes = 0;
  let waitingBytes = 0;
  let ended = false;
  let error: Error | undefined;
  let count = 0;
  let connection: Connection | undefined;
  let wake: () => void = () => undefined;
  const flush = (): void => {
    if (rowBytes === 0) return;
    blocks.push(Buffer.concat(rows, rowBytes));
    waitingBytes += rowBytes;
    rows = [];
    rowBytes = 0;
    if (waitingBytes > WAITING_BYTES) connection?.stream.pause();
    wake();
  };
  const query: RunningQuery = {
    submit(submitted) {
      connection = submitted;
      submitted.query(text);
    },
    handleCopyData({ chunk }) {
      // A view into the buffer of the connection, which is used again.
      rows.push(Buffer.from(chunk));
      rowBytes += chunk.length;
      if (rowBytes >= BLOCK_BYTES) flush();
    },
    handleCommandComplete(message) {
      count = rowsOf(message.text);
      flush();
    },
    handleError(reason) {
      error = reason;
      wake();
    },
    handleReadyForQuery() {
      ended = true;
      wake();
    },
    handleCopyInResponse: () => undefined,
  };
  client.query(query);
  for (;;) {
    const block = blocks.shift();
    if (block) {
      waitingBytes -= block.length;
      yield block;
    } else if (error) {
      throw error;
    } else if (ended) {
      return count;
    } else {
      connection?.stream.resume();
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
}

/** Runs `COPY … FROM STDIN` with the data of `source`, not faster than the server takes it. Resolves to the number of rows. */
export function copyIn(client: Client, text: string, source: AsyncIterable<Buffer>): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0;
    let error: Error | undefined;
    let failed = false;
    const query: RunningQuery = {
      submit: (connection) => connection.query(text),
      handleCopyInResponse(connection) {
        send(connection as CopyConnection, source, () => failed).catch((reason: Error) => {
          error = reason;
          (connection as CopyConnection).sendCopyFail('The source of the data ended with an error.');
        });
      },
      handleCommandComplete(message) {
        count = rowsOf(message.text);
      },
      handleError(reason) {
        failed = true;
        // What made the source end comes first: the server only repeats that the copy was given up.
        reject(error ?? reason);
      },
      handleReadyForQuery: () => resolve(count),
      handleCopyData: () => undefined,
    };
    client.query(query);
  });
}

async function send(connection: CopyConnection, source: AsyncIterable<Buffer>, failed: () => boolean): Promise<void> {
  for await (const block of source) {
    if (failed()) return;
    connection.sendCopyFromChunk(block);
    if (connection.stream.writableNeedDrain) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          connection.stream.off('drain', go).off('close', go);
          resolve();
        };
        connection.stream.on('drain', go).on('close', go);
      });
    }
  }
  connection.endCopyFrom();
}
