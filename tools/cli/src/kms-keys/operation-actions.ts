import { CommandFailure } from '../command-failure.js';
import { withKeys, type KeyOptions } from './connect.js';
import { readInput, writeOutput } from './input-output.js';

/** What an operation works on, and where its result goes. */
export interface OperationOptions extends KeyOptions {
  readonly in?: string;
  readonly out?: string;
  readonly context?: string;
}

type Answer = Record<string, unknown>;
const encode = (bytes: Buffer): string => bytes.toString('base64url');
const line = (value: unknown): string => `${String(value)}\n`;

/** Runs one operation with what was read, and writes what `result` takes of the answer; with `--json` all of it. */
async function operate(
  name: string,
  key: string,
  options: OperationOptions,
  body: (input: Buffer) => object,
  result: (answer: Answer) => string | Buffer,
): Promise<Answer> {
  const input = await readInput(options);
  return withKeys(options, 'service', async (keys) => {
    const answer = await keys.call<Answer>('POST', `${await keys.path(key)}/${name}`, body(input));
    writeOutput(options.out, options.json ? line(JSON.stringify(answer)) : result(answer));
    return answer;
  });
}

const messageOf = (input: Buffer): string => input.toString('utf8').trim();

export const encrypt = (key: string, options: OperationOptions) =>
  operate(
    'encrypt',
    key,
    options,
    (input) => ({ plaintext: encode(input), context: options.context }),
    ({ jwe }) => line(jwe),
  );

export const decrypt = (key: string, options: OperationOptions) =>
  operate(
    'decrypt',
    key,
    options,
    (input) => ({ jwe: messageOf(input), context: options.context }),
    ({ plaintext }) => Buffer.from(String(plaintext), 'base64url'),
  );

export const rewrap = (key: string, options: OperationOptions) =>
  operate(
    'rewrap',
    key,
    options,
    (input) => ({ jwe: messageOf(input), context: options.context }),
    ({ jwe }) => line(jwe),
  );

export const sign = (key: string, options: OperationOptions) =>
  operate(
    'sign',
    key,
    options,
    (input) => ({ payload: encode(input) }),
    ({ jws }) => line(jws),
  );

/** Writes the payload of a genuine message; a message that is not fails. */
export async function verify(key: string, options: OperationOptions): Promise<void> {
  const { valid } = await operate(
    'verify',
    key,
    options,
    (input) => ({ jws: messageOf(input) }),
    ({ valid, payload }) => (valid === true ? Buffer.from(String(payload), 'base64url') : ''),
  );
  if (valid !== true) throw new CommandFailure('The signature is not valid.');
}

/** Writes `<kid>.<mac>`, which `macVerify` takes. */
export const mac = (key: string, options: OperationOptions) =>
  operate(
    'mac',
    key,
    options,
    (input) => ({ data: encode(input) }),
    (answer) => line(`${String(answer['kid'])}.${String(answer['mac'])}`),
  );

export async function macVerify(key: string, options: OperationOptions & { mac: string }): Promise<void> {
  const [kid = '', given = ''] = options.mac.split('.');
  const { valid } = await operate(
    'mac-verify',
    key,
    options,
    (input) => ({ data: encode(input), kid, mac: given }),
    (answer) => (answer['valid'] === true ? line('valid') : ''),
  );
  if (valid !== true) throw new CommandFailure('The MAC is not valid.');
}

/** Writes a new data key under the key; its plain form only into a file that was named. */
export function dataKey(
  key: string,
  options: OperationOptions & { bytes?: string; plaintextOut?: string },
): Promise<void> {
  return withKeys(options, 'service', async (keys) => {
    const { plaintext, ...shown } = await keys.call<Answer>('POST', `${await keys.path(key)}/data-key`, {
      bytes: options.bytes === undefined ? undefined : Number(options.bytes),
      context: options.context,
      with_plaintext: options.plaintextOut !== undefined,
    });
    if (options.plaintextOut !== undefined)
      writeOutput(options.plaintextOut, Buffer.from(String(plaintext), 'base64url'));
    writeOutput(options.out, line(options.json ? JSON.stringify(shown) : shown['jwe']));
  });
}

/** Writes a new key of some kind under the key: the private JWK encrypted, the public one only into a file that was named. */
export function generate(key: string, options: OperationOptions & { kind: string; publicOut?: string }): Promise<void> {
  return withKeys(options, 'service', async (keys) => {
    const body = { kind: options.kind, context: options.context };
    const answer = await keys.call<Answer>('POST', `${await keys.path(key)}/generate`, body);
    if (options.publicOut !== undefined) {
      if (answer['public_jwk'] === undefined)
        throw new CommandFailure(`A key of the kind ${options.kind} has no public half.`);
      writeOutput(options.publicOut, line(JSON.stringify(answer['public_jwk'])));
    }
    writeOutput(options.out, line(options.json ? JSON.stringify(answer) : answer['jwe']));
  });
}

/** Writes derived bytes as base64url. */
export function derive(
  key: string,
  options: OperationOptions & { info: string; salt?: string; bytes?: string; kid?: string },
): Promise<void> {
  return withKeys(options, 'service', async (keys) => {
    const answer = await keys.call<Answer>('POST', `${await keys.path(key)}/derive`, {
      info: encode(Buffer.from(options.info)),
      salt: options.salt === undefined ? undefined : encode(Buffer.from(options.salt)),
      bytes: options.bytes === undefined ? undefined : Number(options.bytes),
      kid: options.kid,
    });
    writeOutput(options.out, line(options.json ? JSON.stringify(answer) : answer['derived']));
  });
}

/** Random bytes as base64url. */
export function random({ bytes, ...options }: KeyOptions & { bytes: string; out?: string }): Promise<void> {
  return withKeys(options, 'service', async (keys) => {
    const answer = await keys.call<Answer>('POST', 'random', { bytes: Number(bytes) });
    writeOutput(options.out, line(options.json ? JSON.stringify(answer) : answer['random']));
  });
}
