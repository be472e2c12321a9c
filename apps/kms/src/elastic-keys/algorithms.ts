import { type Algorithm, algorithms, findAlgorithm } from '@cryptoutil/crypto';
import { KmsError } from '../errors/kms-error.js';

/** Algorithms an elastic key can have: every row of the table of libs/crypto, by its name; `A256GCM` alone is JWE `dir`. */
export const elasticKeyAlgorithms = algorithms.map(({ name }) => name);

/** Name of an algorithm as it stands in a key's row. */
export type ElasticKeyAlgorithm = string;

/** The algorithm of a proved row. Errors: `integrity`, when it is none that this kms offers. */
export function algorithmOf(row: { id: string; algorithm: string }): Algorithm {
  const algorithm = findAlgorithm(row.algorithm);
  if (algorithm) return algorithm;
  throw new KmsError('integrity', { table: 'elastic_keys', key_id: row.id, column: 'algorithm' });
}
