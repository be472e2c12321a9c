import { decryptJwe, encryptJwe, signJws, verifyJws } from '@cryptoutil/crypto';
import { z } from 'zod';
import { CommandFailure } from '../../command-failure.js';
import { serviceNames } from '../../services/services.js';
import type { Recipient } from '../sealing/sealed-stream.js';
import type { Signer } from './backup-keys.js';

/** Of the layout described here and of the files it names. */
export const FORMAT = 1;
const TYPE = 'cryptoutil-backup';

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const tableSchema = z.strictObject({ table: z.string(), columns: z.array(z.string()), rows: z.number().int().min(0) });

const databaseSchema = z.strictObject({
  service: z.enum(serviceNames),
  database: z.string(),
  server_version: z.string(),
  /** When its snapshot was taken, and how far the write-ahead log was. */
  snapshot_at: z.iso.datetime(),
  wal_position: z.string(),
  /** Every migration that was applied, oldest first. */
  migrations: z.array(z.string()),
  tables: z.array(tableSchema),
  shape: z.array(z.string()),
});

const kmsSchema = z.strictObject({
  initialized: z.boolean(),
  barrier_epoch: z.number().int().nullable(),
  share_set: z.string().nullable(),
  root_epoch: z.number().int().nullable(),
  intermediate_epoch: z.number().int().nullable(),
  content_epoch: z.number().int().nullable(),
  audit_head: z.strictObject({ seq: z.number().int(), hash: sha256Hex }),
});

const detailsSchema = z.strictObject({
  databases: z.array(databaseSchema),
  kms: kmsSchema,
  /** Folders whose files were taken along. */
  folders: z.array(z.strictObject({ name: z.string(), files: z.number().int() })),
});

const openSchema = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/),
  /** Every write that was acknowledged before is in the set. */
  point: z.iso.datetime(),
  finished_at: z.iso.datetime(),
  product: z.literal('cryptoutil'),
  version: z.string(),
  commit: z.string().nullable(),
  /** Thumbprint of the key that opens the set. */
  recipient: z.string(),
  files: z.array(
    z.strictObject({ name: z.string().regex(/^[a-z]+\.sealed$/), bytes: z.number().int().min(0), sha256: sha256Hex }),
  ),
  /** The rest, as a JWE for the recipient: it tells how much is stored where. */
  details: z.string(),
});

/** What a set says about one of its databases. Names as in the file. */
export type DatabaseDetails = z.output<typeof databaseSchema>;
/** Where the kms stood; a restored kms compares it with what it remembers. */
export type KmsPosition = z.output<typeof kmsSchema>;
/** What only the recipient may read. */
export type ManifestDetails = z.output<typeof detailsSchema>;
/** What everybody may read who may read the folder. */
export type Manifest = z.output<typeof openSchema>;

/** A signed manifest: a compact JWS (RFC 7515) whose payload holds the details as a JWE for the recipient. */
export async function sealManifest(
  manifest: Omit<Manifest, 'details' | 'recipient' | 'format' | 'product'>,
  details: ManifestDetails,
  recipient: Recipient,
  signer: Signer,
): Promise<string> {
  const plaintext = Buffer.from(JSON.stringify(details), 'utf8');
  const payload: Manifest = {
    format: FORMAT,
    product: 'cryptoutil',
    ...manifest,
    recipient: recipient.kid,
    details: await encryptJwe(recipient.key, plaintext, { kid: recipient.kid, context: `${manifest.id} manifest` }),
  };
  return signJws(signer.key, Buffer.from(JSON.stringify(payload), 'utf8'), { kid: signer.kid, typ: TYPE });
}

/** Verifies a manifest. Throws a `CommandFailure` when it was not signed by this signer, or not for the set `id`. */
export async function readManifest(text: string, signer: Signer, id: string): Promise<Manifest> {
  const payload = await verified(text.trim(), signer);
  if (payload === undefined) {
    throw new CommandFailure(
      `The manifest of ${id} is not signed by the key ${signer.kid}: it was changed, or comes from another host.`,
    );
  }
  if ((payload as { format?: unknown }).format !== FORMAT) {
    throw new CommandFailure(`The set ${id} has another format than ${FORMAT}: use the version that made it.`);
  }
  const manifest = openSchema.safeParse(payload);
  if (!manifest.success) throw new CommandFailure(`The manifest of ${id} is not whole.`);
  if (manifest.data.id !== id) throw new CommandFailure(`The manifest in ${id} is that of ${manifest.data.id}.`);
  return manifest.data;
}

/** The details of a verified manifest. Throws a `CommandFailure` for another recipient's key. */
export async function readDetails(manifest: Manifest, recipient: Recipient): Promise<ManifestDetails> {
  if (manifest.recipient !== recipient.kid) {
    throw new CommandFailure(
      `The set ${manifest.id} was sealed for the key ${manifest.recipient}; the key given is ${recipient.kid}.`,
    );
  }
  try {
    const context = `${manifest.id} manifest`;
    const plaintext = await decryptJwe(recipient.key, manifest.details, { kid: recipient.kid, context });
    return detailsSchema.parse(JSON.parse(plaintext.toString('utf8')));
  } catch {
    throw new CommandFailure(`The details of ${manifest.id} do not open.`);
  }
}

async function verified(text: string, signer: Signer): Promise<unknown> {
  try {
    const { header, payload } = await verifyJws(signer.key, text);
    return header.typ === TYPE && header.kid === signer.kid ? JSON.parse(payload.toString('utf8')) : undefined;
  } catch {
    return undefined;
  }
}
