/** The longest username or e-mail that is looked at, in UTF-16 units. */
export const MAX_IDENTIFIER_LENGTH = 256;

/**
 * A username or e-mail as it is compared: compatibility forms folded (NFKC), lower case, no surrounding white space. Lower-casing can
 * leave a form that NFKC changes once more, so that is applied again.
 */
export const identifierKey = (typed: string): string => typed.normalize('NFKC').trim().toLowerCase().normalize('NFKC');

/** E-mail addresses hold an @, usernames never do, so what somebody typed is one or the other. */
export const isEmailIdentifier = (key: string): boolean => key.includes('@');

/** Letters, marks and digits of any script with `. _ - +` between; starts with a letter or digit; at most 64. No @, no invisible characters. */
export const usernamePattern = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._+-]{0,63}$/u;
