import { readFileSync, statSync } from 'node:fs';
import { Secret } from '@cryptoutil/crypto';
import { assertVariable, type Reading, type Setting } from './setting.js';

/** More than this is not a secret but a mistaken path (bytes). */
const MAX_BYTES = 64 * 1024;

export interface SecretFileOptions {
  /** Ends in `_FILE`: the variable holds the path, the file holds the secret. */
  variable: string;
  description: string;
  /** Shortest acceptable secret in bytes, after trimming; 1 unless said otherwise. */
  minBytes?: number;
}

/**
 * A secret read from the file that the variable names. One trailing line break is trimmed; the rest is the secret as it is, so
 * keep keys as text (base64url), where a trimmed byte cannot be part of the key. `optional`: `undefined` when the variable is absent.
 */
export function secretFile(options: SecretFileOptions & { optional: true }): Setting<Secret | undefined>;
export function secretFile(options: SecretFileOptions & { optional?: false }): Setting<Secret>;
export function secretFile(options: SecretFileOptions & { optional?: boolean }): Setting<Secret | undefined> {
  const { variable, description, minBytes = 1, optional = false } = options;
  assertVariable(variable);
  if (!variable.endsWith('_FILE')) throw new TypeError('The variable of a secret file ends in _FILE.');
  return {
    variable,
    description,
    defaultText: undefined,
    required: !optional,
    read({ text }) {
      if (text !== undefined) return readSecret(variable, text, minBytes);
      return optional ? { value: undefined } : { problem: `${variable} is required: ${description}.` };
    },
  };
}

function readSecret(variable: string, path: string, minBytes: number): Reading<Secret> {
  let content: Buffer;
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES)
      return { problem: `${variable} names a file of more than ${MAX_BYTES} bytes, which is no secret.` };
    content = readFileSync(path);
  } catch (error) {
    return {
      problem: `${variable} names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}): ${path}.`,
    };
  }
  const secret = Secret.fromBytes(withoutLineBreak(content));
  content.fill(0);
  if (secret.byteLength >= minBytes) return { value: secret };
  return {
    problem: `${variable} names a file with ${secret.byteLength} bytes; at least ${minBytes} are needed: ${path}.`,
  };
}

function withoutLineBreak(content: Buffer): Buffer {
  if (content.at(-1) !== 0x0a) return content;
  return content.subarray(0, content.at(-2) === 0x0d ? -2 : -1);
}
