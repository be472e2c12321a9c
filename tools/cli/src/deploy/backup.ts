import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { CommandFailure } from '../command-failure.js';
import { ensurePrivateFolder } from '../home/private-file.js';
import type { Deployment } from './deployment.js';

/** How PostgreSQL closes a dump that is whole. */
const COMPLETE = 'PostgreSQL database cluster dump complete';

/** Dumps all databases and roles into a compressed file (0600) of the deployment. Resolves to its path; fails when the dump is cut off. */
export async function dumpDatabases({ place, compose }: Deployment, now = new Date()): Promise<string> {
  ensurePrivateFolder(place.backups);
  const file = join(place.backups, `${now.toISOString().replaceAll(/[:.]/g, '-')}.sql.gz`);
  const child = compose.start(['exec', '-T', 'postgres', 'pg_dumpall', '-U', 'postgres']);
  let complaint = '';
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  child.stdout.on('data', (part: Buffer) => (tail = (tail + part.toString('latin1')).slice(-200)));
  const ended = new Promise<number | null>((settle) => child.once('close', settle));
  await pipeline(child.stdout, createGzip(), createWriteStream(file, { mode: 0o600, flags: 'wx', flush: true }));
  if ((await ended) !== 0 || !tail.includes(COMPLETE)) {
    throw new CommandFailure(`The databases were not dumped: ${complaint.trim() || 'the dump was cut off'}`);
  }
  return file;
}
