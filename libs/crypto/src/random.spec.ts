import { describe, expect, test } from '@jest/globals';
import { randomBytes, randomToken, uuid, uuidv7 } from './random.js';

describe('random values', () => {
  test('randomBytes gives as many bytes as asked for', () => {
    expect(randomBytes(24)).toHaveLength(24);
    expect(randomBytes(24)).not.toEqual(randomBytes(24));
  });

  test('randomToken has 256 bit unless said otherwise', () => {
    expect(randomToken()).toMatch(/^[\w-]{43}$/);
    expect(randomToken(16)).toMatch(/^[\w-]{22}$/);
    expect(new Set(Array.from({ length: 100 }, () => randomToken())).size).toBe(100);
  });

  test('uuid is version 4, uuidv7 version 7 (RFC 9562 §5)', () => {
    expect(uuid()).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(uuidv7()).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  test('uuidv7 begins with the time, so that keys sort by creation', () => {
    const milliseconds = parseInt(uuidv7().replaceAll('-', '').slice(0, 12), 16);
    expect(Math.abs(milliseconds - Date.now())).toBeLessThan(60_000);
  });
});
