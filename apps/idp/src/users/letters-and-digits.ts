import { identifierKey } from './identifier.js';

/** A password or name reduced to its letters and digits, folded: spaces and symbols between them hide nothing from an attacker. */
export const lettersAndDigits = (text: string): string => identifierKey(text).replace(/[^\p{L}\p{M}\p{N}]/gu, '');
