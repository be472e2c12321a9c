import { mkdtempSync, openSync, rmSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyAuditFile } from '../../kms-admin/audit-file.js';
import { KmsAdmin } from '../../kms-admin/kms-admin.js';
import { writeAuditChain } from '../../kms-admin/audit-actions.js';
import { passed, type CheckGroup } from '../check.js';

/** The record of what was done with keys. */
export const audit: CheckGroup = {
  title: 'Audit',
  atOnce: 1,
  checks: [
    {
      id: 'audit.chain',
      title: 'The audit chain of the key service is whole, its end is signed',
      phases: ['weekly', 'monthly', 'rollback'],
      lines: ['A176', 'A238', 'S225'],
      timeoutMs: 300_000,
      todo: 'Treat it as an incident: somebody changed the database. Keep a copy of it, and compare with earlier exports.',
      run: async ({ subject, operator }) => {
        const folder = mkdtempSync(join(tmpdir(), 'cryptoutil-audit-'));
        const file = join(folder, 'audit.jsonl');
        try {
          const descriptor = openSync(file, 'wx', 0o600);
          try {
            await writeAuditChain(new KmsAdmin(subject.urls.kms, operator), (line) =>
              writeSync(descriptor, `${JSON.stringify(line)}\n`),
            );
          } finally {
            closeSync(descriptor);
          }
          const { events, thumbprint } = await verifyAuditFile(file);
          return passed(`${events} events, end signed by the key ${thumbprint}`);
        } finally {
          rmSync(folder, { recursive: true });
        }
      },
    },
  ],
};
