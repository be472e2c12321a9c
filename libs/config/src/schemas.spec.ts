import { describe, expect, test } from '@jest/globals';
import { commaSeparated, filePath, httpsBaseUrl, integer, milliseconds, port, trueOrFalse } from './schemas.js';

describe('schemas', () => {
  test.each([
    [port, '0', 0],
    [port, '65535', 65_535],
    [milliseconds, '5000', 5000],
    [integer({ min: 1, max: 3 }), '3', 3],
    [httpsBaseUrl, 'https://localhost:8080/', 'https://localhost:8080'],
    [httpsBaseUrl, 'https://example.com/base/', 'https://example.com/base'],
    [commaSeparated, ' a, b,,c ', ['a', 'b', 'c']],
    [trueOrFalse, 'true', true],
    [trueOrFalse, 'false', false],
    [filePath, '/a b', '/a b'],
  ])('accept %#: %j', (schema, text, value) => {
    expect(schema.parse(text)).toEqual(value);
  });

  test.each([
    [port, '65536'],
    [port, '-1'],
    [port, '0x10'],
    [port, '1e3'],
    [port, '8080 '],
    [port, '1.5'],
    [port, '٣'],
    [milliseconds, '0'],
    [integer({ min: 1, max: 3 }), '4'],
    [integer(), '99999999999999999999'],
    [httpsBaseUrl, 'http://localhost'],
    [httpsBaseUrl, 'https://user@localhost'],
    [httpsBaseUrl, 'https://user:password@localhost'],
    [httpsBaseUrl, 'https://localhost?'],
    [httpsBaseUrl, 'https://localhost#'],
    [httpsBaseUrl, 'localhost'],
    [trueOrFalse, 'yes'],
    [trueOrFalse, 'TRUE'],
    [filePath, ''],
  ])('refuse %#: %j', (schema, text) => {
    expect(schema.safeParse(text).success).toBe(false);
  });
});
