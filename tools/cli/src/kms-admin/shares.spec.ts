import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { promptHidden } from './hidden-prompt.js';
import { readShareFiles, readShareLines, requireNoShares, writeShares } from './shares.js';

describe('unseal shares', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-shares-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are written one a file, for their owner alone', () => {
    const files = writeShares(join(folder, 'shares'), ['one', 'two']);
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(['one\n', 'two\n']);
    expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
    expect(statSync(join(folder, 'shares')).mode & 0o777).toBe(0o700);
    expect(readShareFiles(files)).toEqual(['one', 'two']);
  });

  it('are never written over', () => {
    requireNoShares(folder);
    writeShares(folder, ['one']);
    expect(() => requireNoShares(folder)).toThrow('holds unseal shares already');
  });

  it('that cannot be read, or are empty, are named by their file', () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, ' \n');
    expect(() => readShareFiles([empty])).toThrow(`The share file ${empty} is empty.`);
    expect(() => readShareFiles([join(folder, 'absent')])).toThrow(
      `The share file ${folder}/absent cannot be read: ENOENT.`,
    );
  });

  it('come one a line from standard input', async () => {
    expect(await readShareLines(Readable.from(['kms1-a', '\n\n  kms1-b \r\n', 'kms1-c']))).toEqual([
      'kms1-a',
      'kms1-b',
      'kms1-c',
    ]);
  });
});

describe('the prompt for a share', () => {
  const terminal = () => {
    const modes: boolean[] = [];
    const shown: string[] = [];
    const input = Object.assign(new PassThrough(), { setRawMode: (raw: boolean) => modes.push(raw) });
    const output = { write: (text: string) => shown.push(text) };
    return { modes, shown, input, output };
  };
  const ask = (on: ReturnType<typeof terminal>) =>
    promptHidden('Share: ', { input: on.input as unknown as NodeJS.ReadStream, output: on.output });

  it('shows nothing of what is typed, and gives the terminal back as it was', async () => {
    const on = terminal();
    const answer = ask(on);
    on.input.write('kms1-x');
    on.input.write('\u007fsecret\r');
    expect(await answer).toBe('kms1-secret');
    expect(on.shown.join('')).toBe('Share: \n');
    expect(on.modes).toEqual([true, false]);
  });

  it('ends with Ctrl-D', async () => {
    const on = terminal();
    const answer = ask(on);
    on.input.write('\u0004');
    expect(await answer).toBeUndefined();
  });

  it('takes what was typed before Ctrl-D', async () => {
    const on = terminal();
    const answer = ask(on);
    on.input.write('kms1\u0004');
    expect(await answer).toBe('kms1');
  });

  it('is left with Ctrl-C, exit code 130', async () => {
    const on = terminal();
    const answer = ask(on);
    on.input.write('kms1-x\u0003');
    await expect(answer).rejects.toMatchObject({ message: 'Interrupted.', exitCode: 130 });
    expect(on.modes).toEqual([true, false]);
  });
});
