import type { Algorithm, JweAlgorithm, JwsAlgorithm } from './algorithm.js';
import { ec, oct, plain, rsa } from './generate.js';

const jws = (alg: string, row: Omit<JwsAlgorithm, 'kind' | 'name' | 'alg' | 'enc'>): JwsAlgorithm => ({
  kind: 'jws',
  name: alg,
  alg,
  ...row,
});
const hmac = (bits: 256 | 384 | 512) =>
  jws(`HS${bits}`, {
    keyType: 'oct',
    hash: `sha${bits}`,
    keyBytes: bits / 8,
    signatureBytes: bits / 8,
    slow: false,
    generate: oct(bits / 8),
  });
const rsaSign = (name: 'RS' | 'PS', bits: 256 | 384 | 512) =>
  jws(`${name}${bits}`, {
    keyType: 'RSA',
    nodeKeyType: 'rsa',
    hash: `sha${bits}`,
    padding: name === 'RS' ? 'pkcs1' : 'pss',
    slow: true,
    generate: rsa,
  });
const ecdsa = (bits: 256 | 384 | 512, curve: string, signatureBytes: number, slow: boolean) =>
  jws(`ES${bits}`, {
    keyType: 'EC',
    nodeKeyType: 'ec',
    curve,
    hash: `sha${bits}`,
    signatureBytes,
    slow,
    generate: ec(curve),
  });
const mlDsa = (set: 44 | 65 | 87, signatureBytes: number) =>
  jws(`ML-DSA-${set}`, {
    keyType: 'AKP',
    nodeKeyType: `ml-dsa-${set}`,
    signatureBytes,
    slow: true,
    generate: plain(`ml-dsa-${set}`),
  });

/** Content encryption (RFC 7518 §5.1) with the bytes of its key. */
const encryptions: readonly [enc: string, keyBytes: number][] = [
  ['A128GCM', 16],
  ['A192GCM', 24],
  ['A256GCM', 32],
  ['A128CBC-HS256', 32],
  ['A192CBC-HS384', 48],
  ['A256CBC-HS512', 64],
];

/** SP 800-38D §8.3: with random 96-bit IVs one key must not encrypt more. */
const GCM_LIMIT = 2 ** 32;

type KeyManagement = Pick<JweAlgorithm, 'keyType' | 'nodeKeyType' | 'curve' | 'keyBytes' | 'messageLimit' | 'generate'>;
const wrapping = (keyBytes: number, messageLimit?: number): KeyManagement => ({
  keyType: 'oct',
  keyBytes,
  messageLimit,
  generate: oct(keyBytes),
});
const oaep: KeyManagement = { keyType: 'RSA', nodeKeyType: 'rsa', generate: rsa };
const ecdh: KeyManagement = { keyType: 'EC', nodeKeyType: 'ec', curve: 'prime256v1', generate: ec('prime256v1') };

/** Key management (RFC 7518 §4.1). RSA1_5, RSA-OAEP with SHA-1 and PBES2 are not offered. */
const keyManagements: readonly [alg: string, row: KeyManagement][] = [
  ['A128KW', wrapping(16)],
  ['A192KW', wrapping(24)],
  ['A256KW', wrapping(32)],
  ['A128GCMKW', wrapping(16, GCM_LIMIT)],
  ['A192GCMKW', wrapping(24, GCM_LIMIT)],
  ['A256GCMKW', wrapping(32, GCM_LIMIT)],
  ['RSA-OAEP-256', oaep],
  ['RSA-OAEP-384', oaep],
  ['RSA-OAEP-512', oaep],
  ['ECDH-ES', ecdh],
  ['ECDH-ES+A128KW', ecdh],
  ['ECDH-ES+A192KW', ecdh],
  ['ECDH-ES+A256KW', ecdh],
];

const keyManaged = keyManagements.flatMap(([alg, row]) =>
  encryptions.map(([enc]): JweAlgorithm => ({ kind: 'jwe', name: `${alg}+${enc}`, alg, enc, ...row })),
);
const direct = encryptions.map(([enc, keyBytes]): JweAlgorithm => ({
  ...{ kind: 'jwe', name: enc, alg: 'dir', enc },
  ...wrapping(keyBytes, enc.endsWith('GCM') ? GCM_LIMIT : undefined),
}));

/** Every algorithm the suite offers, one row each. What is not in the table (`none` above all) does not exist for it. */
export const algorithms: readonly Algorithm[] = Object.freeze([
  ...([256, 384, 512] as const).map(hmac),
  ...([256, 384, 512] as const).map((bits) => rsaSign('RS', bits)),
  ...([256, 384, 512] as const).map((bits) => rsaSign('PS', bits)),
  ecdsa(256, 'prime256v1', 64, false),
  ecdsa(384, 'secp384r1', 96, true),
  ecdsa(512, 'secp521r1', 132, true),
  jws('EdDSA', { keyType: 'OKP', nodeKeyType: 'ed25519', signatureBytes: 64, slow: false, generate: plain('ed25519') }),
  mlDsa(44, 2420),
  mlDsa(65, 3309),
  mlDsa(87, 4627),
  ...direct,
  ...keyManaged,
]);

const byName = new Map(algorithms.map((row) => [row.name, row]));

/** The row of that exact name (`ES256`, `A256KW+A256GCM`, `A256GCM` for direct encryption); `undefined` when there is none. */
export function findAlgorithm(name: string): Algorithm | undefined {
  return byName.get(name);
}

/** Bytes of the key of a content encryption. */
export function contentKeyBytes(enc: string): number {
  return encryptions.find(([name]) => name === enc)![1];
}
