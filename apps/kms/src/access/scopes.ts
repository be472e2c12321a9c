/** Scopes of the kms and what each lets one do. */
export const scopes = {
  'kms:admin': 'Administer keys',
  'kms:read': 'See keys and public keys',
  'kms:write': 'Create and rotate keys',
  'kms:encrypt': 'Encrypt',
  'kms:decrypt': 'Decrypt',
  'kms:sign': 'Sign',
  'kms:verify': 'Verify signatures',
  'kms:generate': 'Generate keys, data keys and random bytes, derive keys',
  'kms:wrap': 'Rewrap messages to the current version',
} as const satisfies Record<string, string>;
