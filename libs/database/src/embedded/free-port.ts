import { createServer } from 'node:net';

// Linux gives outgoing connections ports from 32768 on: one of those, free now, may be taken before its owner listens.
const FIRST = 20_000;
const COUNT = 12_000;

// A process never offers a port twice in a row, and two processes begin at different places.
let next = process.hrtime()[1];

/** A port of 127.0.0.1 from 20000 to 31999 on which nothing listens, and which no outgoing connection takes until it is used. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < COUNT; tried += 1) {
    const port = FIRST + (next % COUNT);
    next += 1;
    if (await isFree(port)) return port;
  }
  throw new Error(`Every port from ${FIRST} to ${FIRST + COUNT - 1} on 127.0.0.1 is taken.`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    await new Promise<void>((settle, fail) =>
      probe.once('error', fail).listen({ port, host: '127.0.0.1', exclusive: true }, settle),
    );
  } catch {
    return false;
  }
  await new Promise((settle) => probe.close(settle));
  return true;
}
