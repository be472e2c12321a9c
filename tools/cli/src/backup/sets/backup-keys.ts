import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  generateJwk,
  importMaterial,
  importPublicJwk,
  jwkThumbprint,
  type JsonWebKey,
  type KeyMaterial,
} from '@cryptoutil/crypto';
import { createPrivateKey } from '@cryptoutil/crypto';
import { CommandFailure } from '../../command-failure.js';
import { ensurePrivateFolder, readTextIfPresent, writePrivateFile } from '../../home/private-file.js';
import type { Recipient } from '../sealing/sealed-stream.js';

/** Key agreement with P-256, then AES key wrap (RFC 7518 §4.6). */
const RECIPIENT_ALGORITHM = 'ECDH-ES+A256KW+A256GCM';
/** ECDSA with P-256 (RFC 7518 §3.4). */
const SIGNING_ALGORITHM = 'ES256';

/** The four key files. Two belong on the host that makes backups, two where backups are verified and restored. */
export const keyFiles = {
  /** Seals: on the host that makes backups. */
  recipientPublic: 'recipient.public.jwk',
  /** Opens: never on that host. */
  recipientPrivate: 'recipient.private.jwk',
  /** Signs the manifest: on the host that makes backups, and nowhere else. */
  signerPrivate: 'signer.private.jwk',
  /** Proves that a set comes from that host. */
  signerPublic: 'signer.public.jwk',
} as const;

/** A signing key, or the half that verifies. */
export interface Signer {
  readonly kid: string;
  readonly key: KeyMaterial;
}

/**
 * Makes both pairs in a folder (files 0600); with the file of a recipient's public key only the signer's, and a copy of that key, so that
 * what opens the backups is never there. Throws a `CommandFailure` when one of the files is there, or the key is none; nothing is replaced.
 */
export async function makeBackupKeys(
  folder: string,
  recipientFile?: string,
): Promise<{ recipient: string; signer: string }> {
  const given = recipientFile === undefined ? undefined : readRecipientPublic(recipientFile);
  const existing = Object.values(keyFiles).filter((name) => existsSync(join(folder, name)));
  if (existing.length > 0) {
    throw new CommandFailure(
      `Nothing was changed: ${existing.join(', ')} exist in ${folder}, and could be the only copy of a key that opens backups.`,
    );
  }
  ensurePrivateFolder(folder);
  const write = (name: string, jwk: JsonWebKey): string => {
    const kid = jwkThumbprint(jwk);
    writePrivateFile(join(folder, name), `${JSON.stringify({ kid, ...jwk })}\n`);
    return kid;
  };
  const pair = async (use: object, privateFile: string, publicFile: string): Promise<string> => {
    const { privateJwk, publicJwk } = await generateJwk('P-256');
    write(privateFile, { ...use, ...privateJwk });
    return write(publicFile, { ...use, ...publicJwk });
  };
  const { recipientPrivate, recipientPublic, signerPrivate, signerPublic } = keyFiles;
  if (given) writePrivateFile(join(folder, recipientPublic), readFileSync(recipientFile!, 'utf8'));
  return {
    recipient: given?.kid ?? (await pair({ alg: 'ECDH-ES+A256KW', use: 'enc' }, recipientPrivate, recipientPublic)),
    signer: await pair({ alg: SIGNING_ALGORITHM, use: 'sig' }, signerPrivate, signerPublic),
  };
}

/** The public key of the recipient. Throws a `CommandFailure` also for a private one: it must not be on this host. */
export function readRecipientPublic(file: string): Recipient {
  const jwk = readJwk(file);
  if (Object.hasOwn(jwk, 'd')) {
    throw new CommandFailure(
      `${file} holds the private key that opens backups. Put ${keyFiles.recipientPublic} here, and keep the private key on another host.`,
    );
  }
  return keyOf(file, jwk, () => importPublicJwk(RECIPIENT_ALGORITHM, jwk));
}

/** The private key of the recipient. */
export const readRecipientPrivate = (file: string): Recipient => {
  const jwk = readJwk(file);
  return keyOf(file, jwk, () => importPrivateJwk(RECIPIENT_ALGORITHM, jwk));
};

/** The key that signs manifests. */
export const readSignerPrivate = (file: string): Signer => {
  const jwk = readJwk(file);
  return keyOf(file, jwk, () => importPrivateJwk(SIGNING_ALGORITHM, jwk));
};

/** The key that verifies manifests, out of either file of the signer. */
export function readSignerPublic(file: string): Signer {
  const jwk = readJwk(file);
  return keyOf(file, jwk, () =>
    Object.hasOwn(jwk, 'd') ? importPrivateJwk(SIGNING_ALGORITHM, jwk) : importPublicJwk(SIGNING_ALGORITHM, jwk),
  );
}

function importPrivateJwk(algorithm: string, jwk: JsonWebKey): KeyMaterial {
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return importMaterial(algorithm, key.export({ format: 'der', type: 'pkcs8' }));
}

/** The name of a key is its thumbprint, computed and not believed. */
function keyOf(file: string, jwk: JsonWebKey, read: () => KeyMaterial): Recipient {
  try {
    return { kid: jwkThumbprint(jwk), key: read() };
  } catch {
    throw new CommandFailure(`${file} is no key of the kind that "cryptoutil backup keygen" makes for this purpose.`);
  }
}

function readJwk(file: string): JsonWebKey {
  const text = readTextIfPresent(file);
  if (text === undefined) {
    throw new CommandFailure(`There is no ${file}: make keys with "cryptoutil backup keygen", or name the right file.`);
  }
  try {
    const jwk: unknown = JSON.parse(text);
    if (typeof jwk === 'object' && jwk !== null && !Array.isArray(jwk)) return jwk as JsonWebKey;
  } catch {
    // Falls through.
  }
  throw new CommandFailure(`${file} is no JSON Web Key.`);
}
