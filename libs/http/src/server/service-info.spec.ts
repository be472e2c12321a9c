import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { programVersion } from './service-info.js';

describe('programVersion', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cryptoutil-version-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is the version of the nearest package.json that has one', () => {
    mkdirSync(join(folder, 'dist/src'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"version":"4.5.6"}');
    writeFileSync(join(folder, 'dist/package.json'), '{"type":"module"}');
    expect(programVersion(join(folder, 'dist/src/main.js'))).toBe('4.5.6');
  });

  it('is 0.0.0 when there is none', () => {
    expect(programVersion('/main.js')).toBe('0.0.0');
  });
});
