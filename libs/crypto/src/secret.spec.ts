import { format, inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Secret } from './secret.js';

const VALUE = 'hunter2-hunter2';
const secret = () => Secret.fromText(VALUE);

describe('Secret never shows its value', () => {
  test.each([
    ['a template string', () => `${secret() as unknown as string}`],
    ['concatenation', () => 'x' + (secret() as unknown as string)],
    ['String()', () => String(secret())],
    ['toString()', () => secret().toString()],
    ['a join', () => [secret()].join()],
    ['an error message', () => new Error(secret() as unknown as string).message],
    ['util.inspect', () => inspect(secret())],
    ['util.inspect of hidden members', () => inspect(secret(), { showHidden: true, depth: null })],
    ['util.inspect inside an object', () => inspect({ deep: { secret: secret() } }, { depth: null })],
    ['util.inspect with custom inspection off', () => inspect(secret(), { customInspect: false, showHidden: true })],
    ['util.format %s', () => format('%s', secret())],
    ['util.format %o', () => format('%o', secret())],
    ['util.format %j', () => format('%j', secret())],
    ['JSON', () => JSON.stringify({ list: [secret()] })],
    ['a spread', () => JSON.stringify({ ...secret() })],
    ['its entries', () => inspect(Object.entries(secret()))],
    ['its own property names', () => inspect(Reflect.ownKeys(secret()))],
    ['a structured clone', () => inspect(structuredClone(secret()))],
    ['a number conversion', () => String(Number(secret()))],
  ])('in %s', (_, shown) => {
    expect(shown()).not.toContain('hunter');
    expect(shown()).not.toContain(Buffer.from(VALUE).toString('base64').slice(0, 8));
    expect(shown()).not.toContain('68 75 6e 74');
  });

  test('in structured logging, which serialises through toJSON', () => {
    expect(JSON.stringify({ password: secret() })).toBe('{"password":"[redacted]"}');
    expect(inspect({ password: secret() })).toBe('{ password: [redacted] }');
  });
});

describe('Secret', () => {
  test('gives the value to who asks by name', () => {
    expect(secret().text()).toBe(VALUE);
    expect(secret().bytes()).toEqual(Buffer.from(VALUE));
    expect(secret().byteLength).toBe(VALUE.length);
  });

  test('copies the bytes it is made of', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const copy = Secret.fromBytes(bytes);
    bytes.fill(0);
    expect(copy.bytes()).toEqual(Buffer.from([1, 2, 3]));
  });

  test('is overwritten by zero() and cannot be used as a key of zeros afterwards', () => {
    const zeroed = secret();
    const memory = zeroed.bytes();
    zeroed.zero();
    expect(memory.every((byte) => byte === 0)).toBe(true);
    expect(() => zeroed.bytes()).toThrow('zeroed');
    expect(() => zeroed.text()).toThrow('zeroed');
  });
});
