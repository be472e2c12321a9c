import { type Algorithm, findAlgorithm } from '@cryptoutil/crypto';
import { KmsError } from '../errors/kms-error.js';

/** Algorithms an elastic key can have, by their names in the table of libs/crypto; `A256GCM` alone is JWE `dir`. Adding one is adding its name. */
export const elasticKeyAlgorithms = ['ES256', 'RS256', 'EdDSA', 'A256KW+A256GCM', 'A256GCM'] as const;

/** Name of an algorithm as it stands in a key's row. */
export type ElasticKeyAlgorithm = (typeof elasticKeyAlgorithms)[number];

const rows = new Map<string, Algorithm>(elasticKeyAlgorithms.map((name) => [name, knownAlgorithm(name)]));

/** The algorithm of a proved row. Errors: `integrity`, when it is none that this kms offers. */
export function algorithmOf(row: { id: string; algorithm: string }): Algorithm {
  const algorithm = rows.get(row.algorithm);
  if (algorithm) return algorithm;
  throw new KmsError('integrity', { table: 'elastic_keys', key_id: row.id, column: 'algorithm' });
}

function knownAlgorithm(name: string): Algorithm {
  const algorithm = findAlgorithm(name);
  if (!algorithm) throw new TypeError(`libs/crypto has no algorithm ${name}.`);
  return algorithm;
}
