import { z } from 'zod';

/** Whole number written in decimal digits, within bounds. */
export function integer({ min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {}) {
  return z
    .string()
    .regex(/^\d{1,16}$/, 'a whole number is expected')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `a number from ${min} to ${max} is expected`);
}

/** TCP port to listen on; 0 lets the system choose. */
export const port = integer({ min: 0, max: 65_535 });

/** Duration in milliseconds, at least 1. */
export const milliseconds = integer({ min: 1, max: 86_400_000 });

/** Base URL of a service: https, no user, query or fragment; kept without a trailing slash. */
export const httpsBaseUrl = z
  .string()
  .refine(isHttpsBase, 'an https:// URL without user, query and fragment is expected')
  .transform((text) => text.replace(/(?<!\/)\/+$/, ''));

/** Path of a file. */
export const filePath = z.string().min(1);

/** Comma-separated list; white space around entries and empty entries are dropped. */
export const commaSeparated = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

/** `true` or `false`, nothing else. */
export const trueOrFalse = z.enum(['true', 'false'], 'true or false is expected').transform((text) => text === 'true');

function isHttpsBase(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' && !url.username && !url.password && !text.includes('?') && !text.includes('#');
}
