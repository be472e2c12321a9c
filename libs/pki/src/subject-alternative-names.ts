/** One entry of a subjectAltName extension as node:crypto prints it: `DNS`, `URI`, `IP Address`, `email` … and its value. */
export interface SubjectAlternativeName {
  type: string;
  value: string;
}

const ENTRY = /([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/**
 * Takes node:crypto's text form of a subjectAltName extension apart. Node prints a value with commas, quotes or control characters
 * as a JSON string, so a DNS name `a, URI:spiffe://cryptoutil/ops` stays one quoted DNS entry here instead of becoming two
 * (CVE-2021-44532). `undefined` when any part of the text does not fit that form: uncertain means no names at all.
 */
export function subjectAlternativeNames(text: string | undefined): SubjectAlternativeName[] | undefined {
  if (text === undefined) return [];
  const names: SubjectAlternativeName[] = [];
  ENTRY.lastIndex = 0;
  while (ENTRY.lastIndex < text.length) {
    const match = ENTRY.exec(text);
    if (!match) return undefined;
    const value = unquoted(match[2]!);
    if (value === undefined) return undefined;
    names.push({ type: match[1]!, value });
  }
  return names;
}

function unquoted(value: string): string | undefined {
  if (!value.startsWith('"')) return value;
  try {
    return JSON.parse(value) as string;
  } catch {
    return undefined;
  }
}
