import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '@cryptoutil/crypto';
import { readSettings } from './read-settings.js';
import { secretFile } from './secret-file.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'cryptoutil-config-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (content: string | Buffer, minBytes?: number) => {
  const path = join(folder, 'secret');
  writeFileSync(path, content);
  const key = secretFile({ variable: 'CRYPTOUTIL_KEY_FILE', description: 'Key', minBytes });
  return readSettings({ key }, { CRYPTOUTIL_KEY_FILE: path }).key;
};

describe('secretFile', () => {
  test('reads the file into a Secret, which prints [redacted]', () => {
    const secret = read('hunter2');
    expect(secret).toBeInstanceOf(Secret);
    expect(secret.text()).toBe('hunter2');
    expect(inspect({ secret })).toBe('{ secret: [redacted] }');
  });

  test.each([
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    ['hunter2\n\n', 'hunter2\n'],
    [' hunter2 ', ' hunter2 '],
    ['hunter2\r', 'hunter2\r'],
  ])('trims one line break at the end and nothing else: %j', (content, expected) => {
    expect(read(content).text()).toBe(expected);
  });

  test('keeps bytes that are no text', () => {
    expect(read(Buffer.from([0xff, 0x00, 0xfe])).bytes()).toEqual(Buffer.from([0xff, 0x00, 0xfe]));
  });

  test('refuses a file that is too short, empty, or far too long', () => {
    expect(() => read('short\n', 32)).toThrow(
      /^CRYPTOUTIL_KEY_FILE names a file with 5 bytes; at least 32 are needed: /,
    );
    expect(() => read('\n')).toThrow('at least 1');
    expect(() => read('')).toThrow('at least 1');
    const path = join(folder, 'large');
    writeFileSync(path, '');
    truncateSync(path, 10_000_000);
    const key = secretFile({ variable: 'CRYPTOUTIL_KEY_FILE', description: 'Key' });
    expect(() => readSettings({ key }, { CRYPTOUTIL_KEY_FILE: path })).toThrow('which is no secret');
  });

  test('refuses a folder', () => {
    const key = secretFile({ variable: 'CRYPTOUTIL_KEY_FILE', description: 'Key' });
    expect(() => readSettings({ key }, { CRYPTOUTIL_KEY_FILE: folder })).toThrow('(EISDIR)');
  });

  test('may be left out when it is optional, but not be wrong', () => {
    const key = secretFile({ variable: 'CRYPTOUTIL_KEY_FILE', description: 'Key', optional: true });
    expect(readSettings({ key }, {})).toEqual({ key: undefined });
    expect(() => readSettings({ key }, { CRYPTOUTIL_KEY_FILE: '/nowhere/key' })).toThrow('ENOENT');
  });

  test('has a variable that ends in _FILE, so that nobody puts the secret itself there', () => {
    expect(() => secretFile({ variable: 'CRYPTOUTIL_KEY', description: 'Key' })).toThrow(TypeError);
  });
});
