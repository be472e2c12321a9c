/** A JSON Web Key (RFC 7517 §4) as it arrives: members may be missing, and unknown ones are carried along. */
export interface JsonWebKey {
  kty?: string;
  kid?: string;
  alg?: string;
  use?: string;
  crv?: string;
  [member: string]: unknown;
}
