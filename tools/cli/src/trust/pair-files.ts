import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { randomToken } from '@cryptoutil/crypto';
import type { IssuedCertificate } from '@cryptoutil/pki';
import { ensurePrivateFolder, writePrivateFile } from '../home/private-file.js';

/**
 * Puts a certificate and its key in the place of those of the same name, both by one renaming, so that nobody can combine the old of
 * one with the new of the other. A folder of the name holds `tls.crt` and `tls.key`, which lead by `current` into the folder of the
 * present pair; a container mounts that folder and so sees the change, which it would not with single files. `<name>.crt` and
 * `<name>.key` lead there too. Pairs before it are removed.
 */
export function replacePair(folder: string, name: string, { certificatePem, privateKeyPem }: IssuedCertificate): void {
  const own = join(folder, name);
  ensurePrivateFolder(own);
  const version = `pair-${randomToken().slice(0, 10)}`;
  ensurePrivateFolder(join(own, version));
  writePrivateFile(join(own, version, 'tls.key'), privateKeyPem);
  writePrivateFile(join(own, version, 'tls.crt'), certificatePem);
  for (const path of ['', version, `${version}/tls.key`, `${version}/tls.crt`]) ownAsFolder(folder, join(own, path));
  link(join(own, 'current'), version);
  for (const kind of ['key', 'crt']) {
    link(join(own, `tls.${kind}`), `current/tls.${kind}`);
    // Made anew each time: who watches only the outer folder hears of the change.
    link(join(folder, `${name}.${kind}`), `${name}/tls.${kind}`);
  }
  for (const entry of readdirSync(own)) {
    if (entry.startsWith('pair-') && entry !== version) rmSync(join(own, entry), { recursive: true, force: true });
  }
}

/** Replaces a public file by renaming, in a folder of its own that containers can mount; `<folder>/<name>` leads there. */
export function replacePublicFile(folder: string, place: string, name: string, content: string): void {
  const own = join(folder, place);
  mkdirSync(own, { recursive: true });
  chmodSync(own, 0o755);
  const fresh = join(own, `.${name}.${randomToken().slice(0, 10)}`);
  writePrivateFile(fresh, content);
  chmodSync(fresh, 0o644);
  for (const path of [own, fresh]) ownAsFolder(folder, path);
  renameSync(fresh, join(own, name));
  link(join(folder, name), `${place}/${name}`);
}

/** What root makes belongs to whoever the folder belongs to: a container's user has to read it. */
export function ownAsFolder(folder: string, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  chownSync(path, uid, gid);
}

function link(path: string, target: string): void {
  const fresh = join(dirname(path), `.link-${randomToken().slice(0, 10)}`);
  symlinkSync(target, fresh);
  if (process.getuid?.() === 0) {
    const { uid, gid } = statSync(dirname(path));
    lchownSync(fresh, uid, gid);
  }
  renameSync(fresh, path);
}
