import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

/** Writes numbered lines as fast as a busy service, and goes on after each turn of the event loop. */
const program = `
import { createLogger } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
const logger = createLogger({ service: 'spec' });
let n = 0;
const work = () => {
  for (let count = 0; count < 20; count += 1) logger.info({ n: n++ });
  setTimeout(work, 1);
};
process.on('SIGTERM', () => process.exit(0));
work();
`;

describe('the log on standard output', () => {
  let folder: string;
  let child: ChildProcess;
  const file = (name: string) => join(folder, name);
  const content = (name: string) => readFileSync(file(name), 'utf8');
  const numbers = (text: string) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { n: number }).n);
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((settle) => setTimeout(settle, 5));
  };
  const grows = async (): Promise<void> => {
    const before = content('log').length;
    await until(() => content('log').length > before);
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((settle) => child.once('exit', settle));
    child.kill(signal);
    await ended;
  };
  const rests = async (): Promise<void> => {
    for (let last = -1; last !== content('log').length;) {
      last = content('log').length;
      await new Promise((settle) => setTimeout(settle, 100));
    }
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'log-'));
    const log = openSync(file('log'), 'a');
    child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', log, 'inherit'] });
    closeSync(log);
    await grows();
  });
  afterEach(async () => {
    await end('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('is held back between two SIGWINCH, so that copying and truncating its file loses nothing', async () => {
    for (let round = 0; round < 5; round += 1) {
      child.kill('SIGWINCH');
      await rests();
      copyFileSync(file('log'), file(`log.${round}`));
      truncateSync(file('log'));
      child.kill('SIGWINCH');
      await grows();
    }
    await end('SIGTERM');
    const all = [...Array(5).keys()].map((round) => content(`log.${round}`)).join('') + content('log');
    expect(numbers(all)).toEqual(numbers(all).map((_, at) => at));
  });

  it('goes on by itself when the second signal does not come, and loses nothing at an exit meanwhile', async () => {
    child.kill('SIGWINCH');
    await rests();
    await grows();
    child.kill('SIGWINCH');
    await rests();
    await end('SIGTERM');
    const found = numbers(content('log'));
    expect(found).toEqual(found.map((_, at) => at));
  });
});
