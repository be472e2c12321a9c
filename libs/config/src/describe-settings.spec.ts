import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { describeSettings, port, secretFile, setting } from './index.js';

test('describeSettings makes one row a variable, with its default and meaning', () => {
  const text = (variable: string, more: object) =>
    setting({ variable, schema: z.string(), description: 'A | B\nC', ...more });
  const table = describeSettings({
    http: {
      port: setting({ variable: 'CRYPTOUTIL_PORT', schema: port, description: 'Port', default: 8080 }),
      url: text('CRYPTOUTIL_URL', { defaultFrom: () => '', defaultText: 'https://localhost:<port>' }),
      list: setting({ variable: 'CRYPTOUTIL_LIST', schema: z.array(z.string()), description: 'List', default: [] }),
    },
    name: text('CRYPTOUTIL_NAME', {}),
    again: text('CRYPTOUTIL_NAME', {}),
    note: setting({ variable: 'CRYPTOUTIL_NOTE', schema: z.string().optional(), description: 'Note' }),
    key: secretFile({ variable: 'CRYPTOUTIL_KEY_FILE', description: 'Key', optional: true }),
  });
  expect(table.split('\n')).toEqual([
    '| Variable | Default | Meaning |',
    '|---|---|---|',
    '| `CRYPTOUTIL_PORT` | `8080` | Port |',
    '| `CRYPTOUTIL_URL` | `https://localhost:<port>` | A \\| B C |',
    '| `CRYPTOUTIL_LIST` | `[]` | List |',
    '| `CRYPTOUTIL_NAME` | (required) | A \\| B C |',
    '| `CRYPTOUTIL_NOTE` | (none) | Note |',
    '| `CRYPTOUTIL_KEY_FILE` | (none) | Key |',
    '',
  ]);
});
