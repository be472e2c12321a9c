import { createServer } from 'node:net';
import { CommandFailure } from '../command-failure.js';

/** A port somebody asked for, and the option by which another one can be chosen. */
export interface WantedPort {
  readonly name: string;
  readonly port: number;
  readonly option: string;
}

/** Throws a `CommandFailure` that names every port that is taken on 127.0.0.1, and the options to change them. */
export async function requireFreePorts(wanted: readonly WantedPort[]): Promise<void> {
  const twice = wanted.find((one) => wanted.some((other) => other !== one && other.port === one.port));
  if (twice)
    throw new CommandFailure(
      `Port ${twice.port} was chosen for two services; give ${twice.name} another one with ${twice.option}.`,
    );
  const states = await Promise.all(wanted.map(async (each) => ({ ...each, taken: await isTaken(each.port) })));
  const taken = states.filter((each) => each.taken);
  if (taken.length === 0) return;
  const sentences = taken.map(
    ({ name, port, option }) =>
      `Port ${port} of ${name} is taken by another process: stop that one or choose another port with ${option}.`,
  );
  throw new CommandFailure(sentences.join('\n'));
}

async function isTaken(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((settle, fail) =>
      server.once('error', fail).listen({ port, host: '127.0.0.1', exclusive: true }, settle),
    );
    await new Promise((settle) => server.close(settle));
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return true;
    if (code === 'EACCES')
      throw new CommandFailure(`This user may not listen on port ${port}; choose one from 1024 up.`);
    throw error;
  }
}
