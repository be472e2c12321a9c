/** `kty` of RFC 7518 §6, RFC 8037 and draft-ietf-cose-dilithium. */
export type KeyType = 'RSA' | 'EC' | 'OKP' | 'AKP' | 'oct';

/** Signing: names and values of RFC 7518 §3.1, RFC 8037 §3.1 and the JOSE registration of ML-DSA. */
export interface JwsAlgorithm {
  readonly kind: 'jws';
  /** Our name; for signatures the same as `alg`. */
  readonly name: string;
  readonly alg: string;
  readonly enc?: undefined;
  readonly keyType: KeyType;
  /** What node:crypto calls the key: `rsa`, `ec`, `ed25519`, `ml-dsa-44` …; undefined for symmetric keys. */
  readonly nodeKeyType?: string;
  /** node:crypto's name of the curve, for EC keys. */
  readonly curve?: string;
  /** Digest, where the algorithm does not bring its own. */
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
  readonly padding?: 'pkcs1' | 'pss';
  /** Exact length of a signature in bytes, where it does not depend on the key. */
  readonly signatureBytes?: number;
  /** Length of generated symmetric keys and the shortest imported one, in bytes (RFC 7518 §3.2). */
  readonly keyBytes?: number;
  /** Slow enough that signing belongs on the threadpool, not on the event loop. */
  readonly slow: boolean;
  generate(options?: GenerateOptions): Promise<Buffer>;
}

/** Encryption: key management and content encryption as one row, because both belong to the key and neither to the message. */
export interface JweAlgorithm {
  readonly kind: 'jwe';
  /** `<alg>+<enc>`, and for direct encryption the name of `enc` alone. */
  readonly name: string;
  readonly alg: string;
  readonly enc: string;
  readonly keyType: KeyType;
  readonly nodeKeyType?: string;
  readonly curve?: string;
  /** Exact length of the symmetric key in bytes. */
  readonly keyBytes?: number;
  /** Messages one key may encrypt with random IVs (SP 800-38D §8.3); undefined where each message has its own key. */
  readonly messageLimit?: number;
  generate(options?: GenerateOptions): Promise<Buffer>;
}

export type Algorithm = JwsAlgorithm | JweAlgorithm;

/** Sizes of RSA keys that are made. */
export const rsaBits = [2048, 3072, 4096] as const;
export type RsaBits = (typeof rsaBits)[number];

/** Size of an RSA key when nothing is said. */
export const DEFAULT_RSA_BITS: RsaBits = 3072;

export interface GenerateOptions {
  /** RSA key size in bits; `DEFAULT_RSA_BITS` unless said otherwise. */
  modulusLength?: RsaBits;
}
