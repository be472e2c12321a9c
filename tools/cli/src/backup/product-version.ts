import { readFileSync } from 'node:fs';

/** The version of the command, and the revision it was built from when the image or the environment says so. */
export function productVersion(env: NodeJS.ProcessEnv = process.env): { version: string; commit: string | null } {
  // The same path from the sources and from the build.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return { version: (JSON.parse(text) as { version: string }).version, commit: env.CRYPTOUTIL_COMMIT || null };
}
