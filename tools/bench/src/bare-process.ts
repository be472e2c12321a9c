import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceName } from '@cryptoutil/cli';
import type { Target } from './raw-client.js';

/** A process that is measured. */
export interface Measured {
  readonly target: Target;
  readonly pid: number;
}

/** What is compared with: node:https that answers a fixed text, or that does the work of an operation with node:crypto and no more. */
type Program = 'bare-server' | 'node-alone-server';

/** Starts a server with the certificate of a service of the suite that lives in `home`; by default the bare node:https handler. */
export async function startBare(
  home: string,
  service: ServiceName,
  name: Program = 'bare-server',
): Promise<Measured & { stop(): void }> {
  const program = join(dirname(fileURLToPath(import.meta.url)), `${name}.js`);
  const pki = join(home, 'pki');
  const child = fork(program, [join(pki, `${service}.crt`), join(pki, `${service}.key`)]);
  const [port] = (await once(child, 'message')) as [number];
  const ca = readFileSync(join(pki, 'ca.crt'), 'utf8');
  return { target: { port, ca }, pid: child.pid!, stop: () => child.disconnect() };
}
