import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { sha256 } from '@cryptoutil/crypto';
import { CommandFailure } from '../command-failure.js';
import type { Applied } from '../home/applied.js';
import { program } from '../processes/child-service.js';
import { databaseEnvironment, type EnvironmentOptions } from '../services/service-environment.js';
import type { ServiceName } from '../services/services.js';

/** The server has just started, on a machine that may be busy with just that. */
const CONNECT_TIMEOUT_MS = 30_000;

/**
 * Brings the databases of the named services to the current schema, each in a process of its own, which takes its memory with it.
 * A service whose migrations are the same as at the last start is skipped: nobody else changes the suite's own databases.
 */
export async function migrateSuite(
  options: EnvironmentOptions,
  applied: Applied,
  names: readonly ServiceName[],
): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      const fingerprint = migrationsFingerprint(name);
      if (applied.has(`schema ${name}`, fingerprint)) return;
      await runMigrations(name, {
        PATH: process.env.PATH,
        ...databaseEnvironment(name, options),
        CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS: String(CONNECT_TIMEOUT_MS),
      });
      applied.remember(`schema ${name}`, fingerprint);
    }),
  );
}

/** One hash over the migrations of a service, by name and content. */
function migrationsFingerprint(name: ServiceName): string {
  const folder = join(dirname(createRequire(program).resolve(`@cryptoutil/${name}`)), '../migrations');
  const files = readdirSync(folder).filter((file) => /\.[jt]s$/.test(file) && !file.endsWith('.d.ts'));
  const hashes = files.sort().map((file) => `${file} ${sha256(readFileSync(join(folder, file))).toString('hex')}`);
  return sha256(hashes.join('\n')).toString('hex');
}

async function runMigrations(name: ServiceName, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [program, 'migrate', name], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const code = await new Promise((settle, fail) => child.once('error', fail).once('close', settle));
  if (code !== 0) throw new CommandFailure(`The schema of ${name} was not brought up to date: ${output.trim()}`);
}
