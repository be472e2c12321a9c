import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { phases } from '../check.js';
import { allChecks } from '../registry.js';
import { coverageDocument, seedLines } from './coverage.js';
import { askingLines } from './asking-lines.fixture.js';

const document = new URL('../../../../../docs/operations/checklist-coverage.md', import.meta.url);

describe('the coverage of the checklists', () => {
  it('has every line of both that asks for something, once', () => {
    expect(seedLines.map(({ ref }) => ref)).toEqual(askingLines);
  });

  it('has for each line an item, or says what takes care of it', () => {
    const covered = new Set(allChecks.flatMap(({ lines }) => lines));
    const open = seedLines.filter(({ ref, isHeading, elsewhere }) => !isHeading && !elsewhere && !covered.has(ref));
    expect(open.map(({ ref, words }) => `${ref} ${words}`)).toEqual([]);
  });

  it('has for each heading that no item names at least one line below it', () => {
    const covered = new Set(allChecks.flatMap(({ lines }) => lines));
    seedLines.forEach(({ ref, isHeading }, at) => {
      if (!isHeading) return;
      const next = seedLines[at + 1];
      expect({ ref, followed: next !== undefined && (covered.has(next.ref) || next.elsewhere !== undefined) }).toEqual({
        ref,
        followed: true,
      });
    });
  });

  it('knows every line that an item names', () => {
    const known = new Set(seedLines.map(({ ref }) => ref));
    const unknown = allChecks.flatMap(({ id, lines }) =>
      lines.filter((ref) => !known.has(ref)).map((ref) => `${id} ${ref}`),
    );
    expect(unknown).toEqual([]);
  });

  it('is described in docs/operations/checklist-coverage.md (npm run docs:checklist makes it)', () => {
    expect(readFileSync(document, 'utf8')).toBe(coverageDocument(allChecks));
  });
});

describe('the items', () => {
  it('have ids of their own, a phase, and something to do', () => {
    const ids = allChecks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, phases: own, todo, title } of allChecks) {
      expect(id).toMatch(/^[a-z-]+\.[a-z0-9-]+$/);
      expect(own.length).toBeGreaterThan(0);
      expect([todo.length > 10, title.length > 5]).toEqual([true, true]);
    }
  });

  it('leave no phase empty', () => {
    for (const phase of phases)
      expect(allChecks.filter((check) => check.phases.includes(phase)).length).toBeGreaterThan(3);
  });
});
