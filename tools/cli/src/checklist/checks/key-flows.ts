import { randomToken } from '@cryptoutil/crypto';
import { failed, passed, running, type Check } from '../check.js';
import type { CheckContext } from '../context.js';

const KEY = 'deployment-checklist';

/** What applications ask of the key service. */
export const keyFlows: readonly Check[] = [
  {
    id: 'kms.round-trip',
    title: 'The key service encrypts and decrypts',
    phases: [...running, 'weekly'],
    lines: ['S154'],
    todo: 'cryptoutil kms status; a sealed key service answers 503 to everything.',
    run: async (context) => {
      const call = await caller(context);
      const plaintext = Buffer.from(randomToken()).toString('base64url');
      const encrypted = await call('encrypt', { plaintext });
      const { jwe } = encrypted.body as { jwe?: string };
      if (typeof jwe !== 'string') return failed(`encrypt answers ${encrypted.status}`);
      const decrypted = await call('decrypt', { jwe });
      return (decrypted.body as { plaintext?: string }).plaintext === plaintext
        ? passed('what was encrypted came back')
        : failed(`decrypt answers ${decrypted.status} and not the plaintext`);
    },
  },
  {
    id: 'kms.key-generation',
    title: 'Keys are generated',
    phases: running,
    lines: ['S155'],
    todo: 'Look at the log of kms; generating needs the seal open and the database.',
    run: async (context) => {
      const call = await caller(context);
      const dataKey = await call('data-key', { bytes: 32, with_plaintext: false });
      const pair = await call('generate', { kind: 'P-256' });
      if (dataKey.status !== 200) return failed(`data-key answers ${dataKey.status}`);
      return pair.status === 200
        ? passed('a data key and a P-256 key pair')
        : failed(`generate answers ${pair.status}`);
    },
  },
];

/** Calls an operation of the key that all runs share; it is made by the first. */
async function caller(context: CheckContext) {
  const probe = await context.probe();
  const { kms } = context.subject.urls;
  const token = await probe.token(
    context.subject.identifiers.kms,
    'kms:read kms:write kms:encrypt kms:decrypt kms:generate',
  );
  const api = `${kms}/service/api/v1/elastic-keys`;
  const list = () => probe.flow.call(`${api}?name=${KEY}`, token);
  const idIn = ({ body }: { body: unknown }) => (body as { items?: { id: string }[] } | undefined)?.items?.[0]?.id;
  let id = idIn(await list());
  if (id === undefined) {
    // Two checks may make it at once: the second is refused, and finds the key of the first.
    await probe.flow.call(api, token, { method: 'POST', body: { name: KEY, algorithm: 'A256KW+A256GCM' } });
    id = idIn(await list());
  }
  if (id === undefined) throw new Error('the key of the checklist was neither found nor made');
  return (operation: string, body: object) =>
    probe.flow.call(`${api}/${id}/${operation}`, token, { method: 'POST', body });
}
