import { base64url, generateMaterial, webcrypto, wrapMaterial } from '@cryptoutil/crypto';
import { KeyPool } from '../src/key-pool/key-pool.js';
import { type Replica, api } from './kms-suite.fixture.js';

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' };

/** Material wrapped under a new wrapping key, as the body of an import. */
export async function wrapForImport({ call }: Pick<Replica, 'call'>, token: string, material: Uint8Array) {
  const { id, public_key: pem } = (await call('POST', '/service/api/v1/wrapping-keys', { token })).body as {
    id: string;
    public_key: string;
  };
  const { encryptedKey, wrappedMaterial } = wrapMaterial(pem, material);
  return {
    wrapping_key_id: id,
    encrypted_key: base64url.encode(encryptedKey),
    wrapped_material: base64url.encode(wrappedMaterial),
  };
}

/** Brings keys in, as a client does. */
export function importer(kms: () => Replica, token: () => string) {
  let count = 0;
  const wrappingKey = async () =>
    (await kms().call('POST', '/service/api/v1/wrapping-keys', { token: token() })).body as {
      id: string;
      public_key: string;
    };
  const create = (algorithm: string, wrapped: object) =>
    kms().call('POST', api, {
      token: token(),
      body: { name: `imported ${(count += 1)}`, algorithm, import: wrapped },
    });
  return {
    /** A key with this material; its id and the `kid` of its version. */
    async bring(algorithm: string, material: Uint8Array): Promise<{ id: string; kid: string }> {
      const { status, body } = await create(algorithm, await wrapForImport(kms(), token(), material));
      if (status !== 201) throw new Error(`the import answered ${status} ${JSON.stringify(body)}`);
      return { id: body.id as string, kid: body.current_kid as string };
    },
    /** The answer to material that was wrapped elsewhere, with the AES key that wrapped it. */
    async bringWrapped(algorithm: string, kek: Uint8Array, wrappedMaterial: Uint8Array) {
      const { id, public_key: pem } = await wrappingKey();
      const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
      const key = await webcrypto.subtle.importKey('spki', der, OAEP, false, ['encrypt']);
      const encrypted = await webcrypto.subtle.encrypt(OAEP, key, kek as Uint8Array<ArrayBuffer>);
      return create(algorithm, {
        wrapping_key_id: id,
        encrypted_key: base64url.encode(new Uint8Array(encrypted)),
        wrapped_material: base64url.encode(wrappedMaterial),
      });
    },
  };
}

/** One RSA key for all that a replica makes from now on, wrapping keys of imports too: making a hundred takes longer than all the rest, and shows nothing. */
export async function oneRsaKey({ kms }: Replica): Promise<Buffer> {
  const rsa = await generateMaterial('RS256');
  kms.app.get(KeyPool, { strict: false }).take = () => Promise.resolve(Buffer.from(rsa));
  return rsa;
}
