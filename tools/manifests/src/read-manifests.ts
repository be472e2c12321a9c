import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.js';

/** Every manifest of the named folders under `root`, as `kubectl apply -f <folder>` would send them. */
export function readManifests(root: string, folders: readonly string[]): Manifest[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => /\.(ya?ml|json)$/.test(file))
      .sort()
      .flatMap((file) => parseManifests(readFileSync(join(root, folder, file), 'utf8'), `${folder}/${file}`)),
  );
}

/**
 * The documents of one YAML text. Read as kubectl reads it (YAML 1.1: `yes` is true, 0440 is octal); a key that is there twice, an alias
 * or a syntax error throws.
 */
export function parseManifests(text: string, file: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1', uniqueKeys: true }).map((document) => {
    const [error] = document.errors;
    if (error) throw new SyntaxError(`${file}: ${error.message}`);
    return { ...(document.toJS({ maxAliasCount: 0 }) as Omit<Manifest, 'file'>), file };
  });
}
