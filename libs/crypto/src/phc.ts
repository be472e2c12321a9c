/** The parts of an argon2id v19 PHC string. */
export interface Argon2Phc {
  memoryKib: number;
  passes: number;
  lanes: number;
  salt: Buffer;
  hash: Buffer;
}

const PATTERN =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d{0,2}),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;
// A row from elsewhere must not make one sign-in cost gigabytes or minutes.
const MAX_MEMORY_KIB = 256 * 1024;
const MAX_PASSES = 32;
const MAX_LANES = 16;

export function formatPhc({ memoryKib, passes, lanes, salt, hash }: Argon2Phc): string {
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${encode(salt)}$${encode(hash)}`;
}

/** Reads a PHC string; `undefined` for anything that is not a canonical argon2id v19 string within the bounds. */
export function parsePhc(text: string): Argon2Phc | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const [, memory, time, parallelism, saltText, hashText] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const parts = { memoryKib: Number(memory), passes: Number(time), lanes: Number(parallelism) };
  const [salt, hash] = [Buffer.from(saltText, 'base64'), Buffer.from(hashText, 'base64')];
  const bounded =
    parts.memoryKib >= 8 * parts.lanes &&
    parts.memoryKib <= MAX_MEMORY_KIB &&
    parts.passes <= MAX_PASSES &&
    parts.lanes <= MAX_LANES;
  if (!bounded || encode(salt) !== saltText || encode(hash) !== hashText) return undefined;
  return { ...parts, salt, hash };
}

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '');
