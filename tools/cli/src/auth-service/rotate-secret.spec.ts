import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rotateSecret } from './rotate-secret.js';

describe('rotating the JWT secret', () => {
  let folder: string;
  let secretFile: string;
  const text = (file: string) => readFileSync(file, 'utf8');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rotate-'));
    secretFile = join(folder, 'jwt');
    writeFileSync(secretFile, 'first');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps the one before, in files of their owner alone', () => {
    rotateSecret({ secretFile }, {});
    expect(text(`${secretFile}-previous`)).toBe('first');
    expect(text(secretFile)).toMatch(/^[\w-]{64}\n$/);
    for (const file of [secretFile, `${secretFile}-previous`]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  (process.getuid?.() === 0 ? it : it.skip)(
    'leaves both files to the account that reads them, when root rotates',
    () => {
      chownSync(secretFile, 1000, 1001);
      rotateSecret({ secretFile }, {});
      for (const file of [secretFile, `${secretFile}-previous`])
        expect(statSync(file)).toMatchObject({ uid: 1000, gid: 1001 });
    },
  );

  it('refuses a second one within a day, unless it is forced', () => {
    const env = { CRYPTOUTIL_AUTH_SERVICE_JWT_SECRET_FILE: secretFile };
    rotateSecret({}, env);
    const second = text(secretFile);
    expect(() => rotateSecret({}, env)).toThrow('less than a day ago');
    rotateSecret({ force: true }, env);
    expect(text(`${secretFile}-previous`)).toBe(second);
    const yesterday = Date.now() / 1_000 - 86_500;
    utimesSync(`${secretFile}-previous`, yesterday, yesterday);
    expect(() => rotateSecret({}, env)).not.toThrow();
  });

  it('needs a secret to rotate', () => {
    expect(() => rotateSecret({ secretFile: join(folder, 'none') }, {})).toThrow('--secret-file');
  });
});
