import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { DEFAULT_RSA_BITS, type GenerateOptions } from './algorithm.js';

const generatePair = promisify(generateKeyPair) as (
  type: string,
  options?: object,
) => Promise<{ privateKey: KeyObject; publicKey: KeyObject }>;

/** An RSA key as PKCS#8 (DER), public exponent 65537. */
export const rsa = ({ modulusLength = DEFAULT_RSA_BITS }: GenerateOptions = {}) => pkcs8('rsa', { modulusLength });

/** A key on a NIST curve as PKCS#8 (DER). */
export const ec = (namedCurve: string) => () => pkcs8('ec', { namedCurve });

/** A key of a type that needs no parameters (Ed25519, ML-DSA) as PKCS#8 (DER). */
export const plain = (type: string) => () => pkcs8(type);

/** Random bytes as a symmetric key. */
export const oct = (bytes: number) => () => Promise.resolve(randomBytes(bytes));

async function pkcs8(type: string, options?: object): Promise<Buffer> {
  const { privateKey } = await generatePair(type, options);
  return privateKey.export({ type: 'pkcs8', format: 'der' });
}
