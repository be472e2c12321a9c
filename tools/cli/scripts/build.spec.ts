import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
// @ts-expect-error the scripts must run without a build and so have no types
import { buildStamp } from './build.mjs';
// @ts-expect-error the scripts must run without a build and so have no types
import { installedChromium } from './chromium.mjs';
// @ts-expect-error the scripts must run without a build and so have no types
import { neededPackages, workspacePackages } from './workspace.mjs';

describe('what npm start looks at before it builds', () => {
  let root: string;
  const write = (path: string, text = '') => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
    // The stamp reads times; two writes within one tick of the clock must still differ in the test.
    utimesSync(join(root, path), 1, text.length + 1);
  };
  const stamp = () => buildStamp([join(root, 'libs/a')], root) as string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cryptoutil-stamp-'));
    write('libs/a/package.json', '{"name":"@cryptoutil/a","dependencies":{"@cryptoutil/b":"*","zod":"1"}}');
    write('libs/a/src/index.ts', 'export {};');
    write('libs/b/package.json', '{"name":"@cryptoutil/b"}');
    write('tools/c/package.json', '{"name":"@cryptoutil/c","dependencies":{"@cryptoutil/a":"*"}}');
    mkdirSync(join(root, 'apps/empty'), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is the same while nothing changes', () => {
    expect(stamp()).toBe(stamp());
  });

  it.each([
    'libs/a/src/index.ts',
    'libs/a/src/new.ts',
    'libs/a/dist/.tsbuildinfo',
    'tsconfig.base.json',
    'package-lock.json',
  ])('notices a change of %s', (path) => {
    const before = stamp();
    write(path, 'changed');
    expect(stamp()).not.toBe(before);
  });

  it('does not care about specs and what else the compiler does not read', () => {
    const before = stamp();
    write('libs/a/src/index.spec.ts');
    write('libs/a/node_modules/x/index.js');
    expect(stamp()).toBe(before);
  });

  it('knows which packages a package needs, however far away', () => {
    expect(neededPackages('@cryptoutil/c', workspacePackages(root))).toEqual([
      '@cryptoutil/a',
      '@cryptoutil/b',
      '@cryptoutil/c',
    ]);
  });

  it('finds the first browser on PATH that can be run', () => {
    write('one/chromium');
    write('two/google-chrome');
    expect(installedChromium(`${root}/one:${root}/two`)).toBeUndefined();
    writeFileSync(join(root, 'two/chromium'), '', { mode: 0o755 });
    expect(installedChromium(`${root}/one:${root}/two`)).toBe(join(root, 'two/chromium'));
  });
});
