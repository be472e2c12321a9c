import { identifierKey } from './identifier.js';
import { commonPasswords } from './common-passwords.js';
import { lettersAndDigits } from './letters-and-digits.js';

/** SP 800-63B-4 §3.1.1.2: 15 characters for a password that stands alone; at least 64 must be allowed. */
export const MIN_PASSWORD_LENGTH = 15;
export const MAX_PASSWORD_LENGTH = 256;

/** What an attacker would try first for this person and this service. */
export interface PasswordContext {
  readonly username: string;
  readonly email: string;
  readonly name: string;
}

/**
 * Why a new password is refused, as a sentence for the person who chose it; `undefined` when it is accepted. No rules about kinds of
 * characters (SP 800-63B-4): length, and a blocklist of common, repeated, sequential and personal passwords.
 */
export const passwordProblem = (password: string, context: PasswordContext): string | undefined => {
  const characters = [...password.normalize('NFC')];
  if (characters.length < MIN_PASSWORD_LENGTH) return `The password needs at least ${MIN_PASSWORD_LENGTH} characters.`;
  if (characters.length > MAX_PASSWORD_LENGTH) return `The password has at most ${MAX_PASSWORD_LENGTH} characters.`;
  const plain = lettersAndDigits(password);
  if (isRepetition(identifierKey(password).replace(/\s/g, '')) || isRepetition(plain))
    return 'The password repeats the same few characters.';
  if (isRun(plain)) return 'The password is a row of neighbouring characters.';
  if (commonPasswords.has(plain)) return 'The password is one that attackers try first.';
  if (isPersonal(plain, context))
    return 'The password is made of your name, e-mail address or the name of this service.';
  return undefined;
};

/** The same 1 to 8 characters over and over ("passwordpassword"). */
const isRepetition = (text: string): boolean => /^(.{1,8}?)\1+.{0,3}$/u.test(text);

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
];

/** A piece of the alphabet, the digits or a keyboard, in either direction. */
const isRun = (text: string): boolean => {
  const reversed = [...text].reverse().join('');
  return text.length >= 8 && rows.some((row) => `${row}${row}`.includes(text) || `${row}${row}`.includes(reversed));
};

/** What is left after taking personal words away is too little to be a password. */
const isPersonal = (text: string, { username, email, name }: PasswordContext): boolean => {
  const words = [username, ...email.split('@'), ...name.split(/\s+/), 'cryptoutil', 'password']
    .map(lettersAndDigits)
    .filter((word) => word.length >= 4)
    .sort((a, b) => b.length - a.length);
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), text);
  return rest.length < text.length && rest.length < 8;
};
