import { describe, expect, it } from '@jest/globals';
import { comesFromOwnPage } from './request-origin.js';

const own = 'https://idp.example';

describe('comesFromOwnPage', () => {
  it.each([
    [{ origin: own, 'sec-fetch-site': 'same-origin' }],
    [{ origin: own }],
    [{ origin: 'null', 'sec-fetch-site': 'same-origin' }],
    [{}],
  ])('lets %j pass', (headers) => expect(comesFromOwnPage(headers, own)).toBe(true));

  it.each([
    [{ origin: own, 'sec-fetch-site': 'same-site' }],
    [{ origin: own, 'sec-fetch-site': 'cross-site' }],
    [{ origin: own, 'sec-fetch-site': 'none' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'https://idp.example.evil.example' }],
    [{ origin: 'https://idp.example:8443' }],
    [{ origin: 'http://idp.example' }],
    [{ origin: 'null' }],
    [{ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }],
  ])('refuses %j', (headers) => expect(comesFromOwnPage(headers, own)).toBe(false));
});
