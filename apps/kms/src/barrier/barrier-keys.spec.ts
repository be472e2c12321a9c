import { describe, expect, it } from '@jest/globals';
import { randomBytes } from '@cryptoutil/crypto';
import { firstBarrierKeys, nextContentKey, unwrapBarrierKeys, unwrapIntermediateKey } from './barrier-keys.js';
import type { WrappedBarrierKey } from './barrier-keys.js';

const integrity = expect.objectContaining({ code: 'integrity' });

describe('barrier keys', () => {
  const root = randomBytes(32);
  const rows = firstBarrierKeys(root, 1) as [WrappedBarrierKey, WrappedBarrierKey];

  const intermediateOf = (link: WrappedBarrierKey) => unwrapIntermediateKey(root, link);

  it('unwraps root → intermediate → content', () => {
    const keys = unwrapBarrierKeys(root, 1, rows);
    expect(keys).toMatchObject({ intermediateEpoch: 1, contentEpoch: 1 });
    expect(keys.content.get(1)).toHaveLength(32);
    expect(keys.content.get(1)).not.toEqual(keys.intermediate);
  });

  it('gives the same keys on every unsealing', () => {
    expect(unwrapBarrierKeys(root, 1, rows)).toEqual(unwrapBarrierKeys(root, 1, rows));
  });

  it.each<[string, (rows: [WrappedBarrierKey, WrappedBarrierKey]) => WrappedBarrierKey[]]>([
    ['no intermediate key', ([, content]) => [content]],
    ['no content key', ([intermediate]) => [intermediate]],
    [
      'two current intermediate keys',
      ([intermediate, content]) => [intermediate, { ...intermediate, epoch: 2 }, content],
    ],
    ['only retired content keys', ([intermediate, content]) => [intermediate, { ...content, retiredAt: new Date() }]],
    [
      'a newest content key that is retired before an older one',
      ([link, content]) => [link, content, { ...nextContentKey(intermediateOf(link), 1, 2), retiredAt: new Date() }],
    ],
    [
      'swapped wrappings',
      ([a, b]) => [
        { ...a, wrapped: b.wrapped },
        { ...b, wrapped: a.wrapped },
      ],
    ],
    ['a content key under another epoch', ([a, b]) => [a, { ...b, epoch: 2 }]],
    ['an intermediate key under another epoch', ([a, b]) => [{ ...a, epoch: 2 }, b]],
    ['an intermediate key of another root epoch', ([a, b]) => [{ ...a, parentEpoch: 2 }, b]],
  ])('refuses %s as integrity', (_, change) => {
    expect(() => unwrapBarrierKeys(root, 1, change(rows))).toThrow(integrity);
  });

  it.each([1, 2])('refuses keys of fewer turns than %i before: a table that was put back as it was', (turns) => {
    const turned = [...rows, nextContentKey(intermediateOf(rows[0]), 1, 2)];
    expect(unwrapBarrierKeys(root, 1, turned, turns).contentEpoch).toBe(2);
    expect(() => unwrapBarrierKeys(root, 1, turns === 1 ? rows : turned, turns + 1)).toThrow(integrity);
  });

  it('refuses another root key as integrity', () => {
    expect(() => unwrapBarrierKeys(randomBytes(32), 1, rows)).toThrow(integrity);
  });
});
