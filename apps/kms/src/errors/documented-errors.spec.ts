import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { KmsError, refusalCodes } from './kms-error.js';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/kms/README.md'), 'utf8');

describe('the table of errors in docs/kms', () => {
  it.each(refusalCodes)('names %s with its status', (code) => {
    const { status } = new KmsError(code);
    expect(page).toMatch(new RegExp(`^\\| \`${code}\`[^|]*\\| ${status} `, 'm'));
  });
});
