export { BatchedSigner, WAITING_LIMIT } from './batched-signer.js';
export { KmsRefused, KmsUnavailable, type UnavailableReason } from './errors.js';
export { BATCH_LIMIT, KmsClient, type Jwk, type KmsKey, type KmsReadiness, type KmsSignature } from './kms-client.js';
export { type KmsConnectionOptions } from './kms-connection.js';
