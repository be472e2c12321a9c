import { closeSync, openSync, writeSync } from 'node:fs';
import { withKms, type ConnectionOptions } from './connection.js';
import { verifyAuditFile } from './audit-file.js';

/** Writes the whole chain and its signed end, one JSON object a line; the file must not exist. */
export function exportAudit(options: ConnectionOptions & { out: string }): Promise<number> {
  return withKms(options, async (kms) => {
    const file = openSync(options.out, 'wx', 0o600);
    const write = (line: object) => writeSync(file, `${JSON.stringify(line)}\n`);
    try {
      const end = await kms.auditHead();
      let after: number | null = 0;
      while (after !== null && after < end.head.seq) {
        const page: Awaited<ReturnType<typeof kms.auditPage>> = await kms.auditPage(after);
        page.items.filter(({ seq }) => seq <= end.head.seq).forEach(write);
        after = page.next_after;
      }
      write(end);
      console.log(`${end.head.seq} events were written to ${options.out}.`);
      return 0;
    } finally {
      closeSync(file);
    }
  });
}

/** Verifies an export; needs no kms. */
export async function verifyAudit(file: string, options: { thumbprint?: string }): Promise<number> {
  const { events, thumbprint } = await verifyAuditFile(file, options.thumbprint);
  console.log(`whole: ${events} events, end signed by the key ${thumbprint}`);
  return 0;
}
