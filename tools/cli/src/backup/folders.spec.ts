import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dumpFolder, writeFolder } from './folders.js';
import { frame } from './sealing/frames.js';

describe('a folder that is taken along', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-folder-'));
    mkdirSync(join(folder, 'in/deep'), { recursive: true });
    writeFileSync(join(folder, 'in/empty'), '');
    writeFileSync(join(folder, 'in/deep/big'), Buffer.alloc(300_000, 7));
    chmodSync(join(folder, 'in/empty'), 0o644);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const stream = (...parts: Buffer[]): AsyncIterable<Buffer> => Readable.from(parts);

  it('comes back with all its files, for their owner alone', async () => {
    expect(await writeFolder(dumpFolder(join(folder, 'in')), join(folder, 'out'))).toBe(2);
    expect(readFileSync(join(folder, 'out/deep/big'))).toEqual(Buffer.alloc(300_000, 7));
    expect(statSync(join(folder, 'out/empty')).mode & 0o777).toBe(0o600);
  });

  it('is refused when it is not there or holds a link', async () => {
    await expect(writeFolder(dumpFolder(join(folder, 'none')), join(folder, 'out'))).rejects.toThrow(
      'There is no folder',
    );
    symlinkSync('/etc/passwd', join(folder, 'in/link'));
    await expect(writeFolder(dumpFolder(join(folder, 'in')), join(folder, 'out'))).rejects.toThrow(
      'neither a file nor a folder',
    );
  });

  it('is refused when an unseal share lies in it, under whatever name', async () => {
    const share = `kms1-0a1b2c3d-1of5-t3-${'0'.repeat(66)}-0a1b2c3d\n`;
    writeFileSync(join(folder, 'in/deep/s1'), share);
    await expect(writeFolder(dumpFolder(join(folder, 'in')), join(folder, 'out'))).rejects.toThrow(
      'deep/s1 is an unseal share',
    );
    writeFileSync(join(folder, 'in/deep/s1'), `about ${share}`);
    expect(await writeFolder(dumpFolder(join(folder, 'in')), join(folder, 'elsewhere'))).toBe(3);
  });

  it('never goes over what is there, nor out of its place', async () => {
    await expect(writeFolder(dumpFolder(join(folder, 'in')), join(folder, 'in'))).rejects.toThrow('is there already');
    for (const path of ['../x', '/tmp/x', 'a/../../x'])
      await expect(writeFolder(stream(frame('file', { path })), join(folder, 'out'))).rejects.toThrow(
        'leads out of the folder',
      );
  });
});
