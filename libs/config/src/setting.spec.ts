import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { readSettings } from './read-settings.js';
import { port } from './schemas.js';
import { setting } from './setting.js';

const listenPort = setting({ variable: 'CRYPTOUTIL_LISTEN_PORT', schema: port, description: 'Port', default: 8080 });

describe('setting', () => {
  test('takes the value of its variable through the schema', () => {
    expect(readSettings({ listenPort }, { CRYPTOUTIL_LISTEN_PORT: '9000' })).toEqual({ listenPort: 9000 });
  });

  test('uses the default for an absent and for an empty variable', () => {
    expect(readSettings({ listenPort }, {})).toEqual({ listenPort: 8080 });
    expect(readSettings({ listenPort }, { CRYPTOUTIL_LISTEN_PORT: '' })).toEqual({ listenPort: 8080 });
  });

  test('derives a default from another setting, whether that was given or is a default itself', () => {
    const sections = {
      url: setting({
        variable: 'CRYPTOUTIL_PUBLIC_URL',
        schema: z.string(),
        description: 'URL',
        defaultFrom: (other) => `https://localhost:${String(other('CRYPTOUTIL_LISTEN_PORT'))}`,
      }),
      issuer: setting({
        variable: 'CRYPTOUTIL_ISSUER',
        schema: z.string(),
        description: 'Issuer',
        defaultFrom: (other) => other('CRYPTOUTIL_PUBLIC_URL') as string,
      }),
      http: { listenPort },
    };
    expect(readSettings(sections, {}).issuer).toBe('https://localhost:8080');
    expect(readSettings(sections, { CRYPTOUTIL_LISTEN_PORT: '1' }).issuer).toBe('https://localhost:1');
    expect(readSettings(sections, { CRYPTOUTIL_PUBLIC_URL: 'https://x' }).issuer).toBe('https://x');
  });

  test('a default that refers to no setting, or in a circle, is a mistake of the program', () => {
    const named = (variable: string, of: string) =>
      setting({ variable, schema: z.string(), description: '', defaultFrom: (other) => other(of) as string });
    expect(() => readSettings({ a: named('CRYPTOUTIL_A', 'CRYPTOUTIL_NONE') }, {})).toThrow(TypeError);
    const circle = { a: named('CRYPTOUTIL_A', 'CRYPTOUTIL_B'), b: named('CRYPTOUTIL_B', 'CRYPTOUTIL_A') };
    expect(() => readSettings(circle, {})).toThrow('refers to itself');
  });

  test('is optional when its schema accepts undefined', () => {
    const sections = { note: setting({ variable: 'CRYPTOUTIL_NOTE', schema: z.string().optional(), description: '' }) };
    expect(readSettings(sections, {})).toEqual({ note: undefined });
    expect(readSettings(sections, { CRYPTOUTIL_NOTE: 'x' })).toEqual({ note: 'x' });
  });

  test('has a variable that begins with CRYPTOUTIL_', () => {
    for (const variable of ['PORT', 'CRYPTOUTIL_', 'CRYPTOUTIL_port', 'cryptoutil_PORT']) {
      expect(() => setting({ variable, schema: z.string(), description: '' })).toThrow(TypeError);
    }
  });
});
