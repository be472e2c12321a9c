import { decodeProtectedHeader } from '@cryptoutil/crypto';

/** The version a compact message names; empty when it names none. Nothing else of the message is believed. */
export function messageKid(message: string): string {
  try {
    return decodeProtectedHeader(message).kid ?? '';
  } catch {
    return '';
  }
}
