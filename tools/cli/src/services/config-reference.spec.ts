import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { configReference } from './config-reference.js';

it.each([...configReference()])('docs/config/%s says what the service reads (npm run docs:config)', (file, page) => {
  expect(readFileSync(new URL(`../../../../docs/config/${file}`, import.meta.url), 'utf8')).toBe(page);
});
