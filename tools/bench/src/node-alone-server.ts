// eslint-disable-next-line no-restricted-imports -- what is measured is node:crypto by itself
import { createCipheriv, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

// What node:https and node:crypto need for the work of an operation alone: no token, no key of a caller, no state, no record. Arguments:
// certificate file, key file.
const [certFile, keyFile] = process.argv.slice(2) as [string, string];

interface Item {
  plaintext: string;
  signing_input: string;
}

const wrappingKey = randomBytes(32);
/** RFC 3394 §2.2.3.1. */
const integrityValue = Buffer.alloc(8, 0xa6);
const header = Buffer.from(JSON.stringify({ alg: 'A256KW', enc: 'A256GCM', kid: 'bench' })).toString('base64url');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function encrypt({ plaintext }: Item): object {
  const [contentKey, iv] = [randomBytes(32), randomBytes(12)];
  const wrap = createCipheriv('id-aes256-wrap', wrappingKey, integrityValue);
  const wrapped = Buffer.concat([wrap.update(contentKey), wrap.final()]);
  const seal = createCipheriv('aes-256-gcm', contentKey, iv).setAAD(Buffer.from(header, 'latin1'));
  const ciphertext = Buffer.concat([seal.update(Buffer.from(plaintext, 'base64url')), seal.final()]);
  const parts = [wrapped, iv, ciphertext, seal.getAuthTag()].map((part) => part.toString('base64url'));
  return { jwe: [header, ...parts].join('.') };
}

function signInput({ signing_input: input }: Item): object {
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return { signature: sign('sha256', Buffer.from(input, 'base64url'), key).toString('base64url') };
}

const operations: Record<string, (item: Item) => object> = { encrypt, sign: signInput };

const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
  const [operation = '', batch] = request.url!.slice(request.url!.lastIndexOf('/') + 1).split(':');
  const work = operations[operation]!;
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const input = JSON.parse(Buffer.concat(parts).toString()) as Item & { items: Item[] };
    const body = JSON.stringify(batch === undefined ? work(input) : { items: input.items.map(work) });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
