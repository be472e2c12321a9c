import { sha256 } from '@cryptoutil/crypto';

/** One hash over settings, whatever their order. */
export function settingsFingerprint(settings: Readonly<Record<string, string>>): string {
  return sha256(JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)))).toString('hex');
}

/** What is different between two sets of settings, as lines for people. */
export function settingsChanges(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.flatMap((name) => {
    if (before[name] === now[name]) return [];
    if (before[name] === undefined) return [`${name}: new, ${now[name]}`];
    return [`${name}: ${before[name]} → ${now[name] ?? 'gone'}`];
  });
}
