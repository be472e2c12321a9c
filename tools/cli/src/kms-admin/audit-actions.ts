import { closeSync, openSync, writeSync } from 'node:fs';
import { withKms, type ConnectionOptions } from './connection.js';
import { verifyAuditFile } from './audit-file.js';
import type { KmsAdmin } from './kms-admin.js';

/** Writes the whole chain and its signed end, one JSON object a line; the file must not exist. */
export function exportAudit(options: ConnectionOptions & { out: string }): Promise<number> {
  return withKms(options, async (kms) => {
    const file = openSync(options.out, 'wx', 0o600);
    try {
      const events = await writeAuditChain(kms, (line) => writeSync(file, `${JSON.stringify(line)}\n`));
      console.log(`${events} events were written to ${options.out}.`);
      return 0;
    } finally {
      closeSync(file);
    }
  });
}

/** Gives every event of the chain, and its signed end, to `write`. Resolves to the number of events. */
export async function writeAuditChain(kms: KmsAdmin, write: (line: object) => unknown): Promise<number> {
  const end = await kms.auditHead();
  let after: number | null = 0;
  while (after !== null && after < end.head.seq) {
    const page: Awaited<ReturnType<KmsAdmin['auditPage']>> = await kms.auditPage(after);
    for (const item of page.items) if (item.seq <= end.head.seq) write(item);
    after = page.next_after;
  }
  write(end);
  return end.head.seq;
}

/** Verifies an export; needs no kms. */
export async function verifyAudit(file: string, options: { thumbprint?: string }): Promise<number> {
  const { events, thumbprint } = await verifyAuditFile(file, options.thumbprint);
  console.log(`whole: ${events} events, end signed by the key ${thumbprint}`);
  return 0;
}
