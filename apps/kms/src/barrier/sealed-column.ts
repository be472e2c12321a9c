import { openAes256Gcm, sealAes256Gcm } from '@cryptoutil/crypto';
import { KmsError } from '../errors/kms-error.js';
import { boundFields } from './bound-fields.js';

/**
 * The one place a sealed value may stand. All of it is bound as AAD, so that a value moved to another row, tenant, version,
 * column or epoch does not open there.
 */
export interface SealedPlace {
  table: string;
  tenant: string;
  keyId: string;
  version: number;
  column: string;
  /** Epoch of the wrapping key. */
  epoch: number;
}

const FORMAT = 1;

const associatedData = (place: SealedPlace): Buffer =>
  boundFields(
    'cryptoutil-kms column',
    FORMAT,
    place.table,
    place.tenant,
    place.keyId,
    place.version,
    place.column,
    place.epoch,
  );

/** Seals a value for its place: format byte, then AES-256-GCM as 12 bytes IV, ciphertext, 16 bytes tag. */
export const sealColumn = (key: Uint8Array, place: SealedPlace, plaintext: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(FORMAT), sealAes256Gcm(key, plaintext, associatedData(place))]);

/** Opens a sealed value where it stands; whatever is wrong with it is `integrity`, and nothing of it is returned. */
export const openColumn = (key: Uint8Array, place: SealedPlace, sealed: Uint8Array): Buffer => {
  const where = { table: place.table, key_id: place.keyId, version: place.version, column: place.column };
  if (sealed[0] !== FORMAT) throw new KmsError('integrity', where);
  try {
    return openAes256Gcm(key, sealed.subarray(1), associatedData(place));
  } catch (cause) {
    throw new KmsError('integrity', where, { cause });
  }
};
