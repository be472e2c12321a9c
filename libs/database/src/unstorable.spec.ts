import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { isUnstorableText } from './unstorable.js';

const failed = (code: string) => new QueryFailedError('SELECT $1', ['x'], Object.assign(new Error('x'), { code }));

describe('isUnstorableText', () => {
  it.each(['22021', '22P05'])('is true for SQLSTATE %s', (code) => {
    expect(isUnstorableText(failed(code))).toBe(true);
  });

  it('is false for every other failure', () => {
    for (const error of [failed('22P02'), failed('23505'), new Error('x'), undefined, null, '22021'])
      expect(isUnstorableText(error)).toBe(false);
  });
});
