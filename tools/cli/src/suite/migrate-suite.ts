import { spawn } from 'node:child_process';
import { CommandFailure } from '../command-failure.js';
import type { Applied } from '../home/applied.js';
import { program } from '../processes/child-service.js';
import { databaseEnvironment } from '../services/service-environment.js';
import type { ServiceName } from '../services/services.js';
import type { SuiteContext } from './running-suite.js';

/** Brings the databases of the named services to the current schema, each in a process of its own, which leaves its memory behind. */
export async function migrateSuite(
  { ports, secrets, home }: SuiteContext,
  _applied: Applied,
  names: readonly ServiceName[],
): Promise<void> {
  await Promise.all(
    names.map((name) =>
      runMigrations(name, {
        PATH: process.env.PATH,
        ...databaseEnvironment(name, { home, ports, secrets, unsealShareFiles: [] }),
      }),
    ),
  );
}

async function runMigrations(name: ServiceName, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [program, 'migrate', name], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise((settle, fail) => child.once('error', fail).once('close', settle));
  if (code !== 0) throw new CommandFailure(`The schema of ${name} was not brought up to date: ${output.trim()}`);
}
