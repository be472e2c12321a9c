import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** `path/x.spec.ts › title` or `path/x.spec.ts`, as ledgers name tests. */
const reference = /`([\w./-]+\.spec\.tsx?)(?: › ([^`]+))?`/g;

describe.each(['docs/threat-model.md'])('%s', (ledger) => {
  const named = [...readFileSync(resolve(root, ledger), 'utf8').matchAll(reference)];

  it('names tests', () => expect(named.length).toBeGreaterThan(20));

  it.each(named.map(([, file = '', title = '']) => ({ file, title })))(
    '$file has the test $title',
    ({ file, title }) => {
      expect(existsSync(resolve(root, file))).toBe(true);
      const source = readFileSync(resolve(root, file), 'utf8').replaceAll("\\'", "'");
      expect(source).toContain(title);
    },
  );
});
