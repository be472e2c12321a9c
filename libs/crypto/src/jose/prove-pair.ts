import { decryptJwe, encryptJwe } from './jwe.js';
import { KeyMaterialInvalid, type KeyMaterial } from './material.js';
import { signBytes, verifyBytes } from './signature.js';

const PROBE = Buffer.from('pair-wise consistency');

/**
 * Uses both halves of a key pair once, the private one on what the public one is to undo (SP 800-56B §6.4.1, FIPS 140-3 IG 10.3.A): a pair from
 * elsewhere may not be one. Throws `KeyMaterialInvalid`. Symmetric keys pass.
 */
export async function provePair(material: KeyMaterial): Promise<void> {
  if (!material.privateKey) return;
  const fits = await (material.algorithm.kind === 'jws' ? signs(material) : decrypts(material)).catch(() => false);
  if (!fits) throw new KeyMaterialInvalid('The private and the public half of the key do not belong together.');
}

const signs = async (material: KeyMaterial): Promise<boolean> =>
  verifyBytes(material, PROBE, await signBytes(material, PROBE));

const decrypts = async (material: KeyMaterial): Promise<boolean> =>
  PROBE.equals(await decryptJwe(material, await encryptJwe(material, PROBE, { kid: 'probe' })));
