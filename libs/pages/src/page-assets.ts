import { readFileSync } from 'node:fs';

/** A static file the pages need, to be served publicly, unchanged and cacheable for a year: its path names its content. */
export interface PageAsset {
  readonly path: string;
  readonly body: Buffer;
  readonly type: string;
}

/** FNV-1a, 64 bits: it names a version of a file for caches and protects nothing. */
const contentName = (body: Buffer): string => {
  let hash = 0xcbf29ce484222325n;
  for (const byte of body) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
};

const load = (file: string, type: string, rewrite = (text: string) => text): PageAsset => {
  const body = Buffer.from(rewrite(readFileSync(new URL(`../assets/${file}`, import.meta.url), 'utf8')));
  return { path: `/assets/${contentName(body)}${file.slice(file.lastIndexOf('.'))}`, body, type };
};

const mark = load('mark.svg', 'image/svg+xml');
const rosette = load('rosette.svg', 'image/svg+xml');
const styles = load('page.css', 'text/css; charset=utf-8', (css) =>
  css.replaceAll('rosette.svg', rosette.path.slice('/assets/'.length)),
);

/** Paths of the files every page links to. */
export const assetPaths = { mark: mark.path, styles: styles.path } as const;

/** Every static file of the pages. A service that renders pages serves all of them at exactly these paths. */
export const pageAssets = (): readonly PageAsset[] => [styles, mark, rosette];
