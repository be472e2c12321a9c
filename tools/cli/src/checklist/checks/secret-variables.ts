/** Names that say what they hold. */
const telling = /(?:PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|PRIVATE_?KEY|API_?KEY|_KEY|SHARE|HEADERS)$/;
/** Names that only say where something is. */
const places = /_(?:FILE|FILES|PATH|DIR|URL)$/;
/** Values that give themselves away: JWTs, private keys, unseal shares, a password within a URL. */
const secretValue = /^eyJ[\w-]{8,}\.|PRIVATE KEY-----|^kms1-\w+-\d+of\d+|:\/\/[^/\s:@]*:[^/\s:@]+@/;

/** Whether an environment variable holds a secret itself, and not the place of one. */
export function isSecretVariable(name: string, value: string): boolean {
  if (value === '') return false;
  return secretValue.test(value) || (telling.test(name) && !places.test(name));
}
