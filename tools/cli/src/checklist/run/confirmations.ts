import { createInterface } from 'node:readline/promises';
import { CommandFailure } from '../../command-failure.js';
import { allChecks } from '../registry.js';
import type { CheckResult } from './run-checks.js';

/** Who has looked at an item, and what they say. */
export interface Confirmation {
  readonly by: string;
  readonly note: string;
}

const USAGE = 2;

/** Reads `id=by:note`. Throws a `CommandFailure` (exit code 2) that says what is wrong with it. */
export function parseConfirmations(texts: readonly string[]): Map<string, Confirmation> {
  return new Map(
    texts.map((text) => {
      const match = /^([a-z0-9.-]+)=([^:]+):(.+)$/s.exec(text);
      if (!match) throw new CommandFailure(`--confirm "${text}" must be <id>=<who>:<note>.`, USAGE);
      const [, id, by, note] = match as unknown as [string, string, string, string];
      if (!allChecks.some((check) => check.id === id)) {
        throw new CommandFailure(
          `--confirm names "${id}", which is no item: "cryptoutil checklist list" shows them.`,
          USAGE,
        );
      }
      return [id, { by: by.trim(), note: note.trim() }];
    }),
  );
}

/** Throws a `CommandFailure` (exit code 2) when `--only` names what is no item. */
export function requireKnown(ids: readonly string[]): void {
  const unknown = ids.filter((id) => !allChecks.some((check) => check.id === id));
  if (unknown.length === 0) return;
  throw new CommandFailure(
    `--only names ${unknown.join(', ')}, which is no item: "cryptoutil checklist list" shows them.`,
    USAGE,
  );
}

/** A result that somebody has confirmed. What failed cannot be confirmed away. */
export function confirmed(result: CheckResult, confirmation: Confirmation | undefined): CheckResult {
  if (result.verdict !== 'confirm' || !confirmation) return result;
  const { by, note } = confirmation;
  return { ...result, verdict: 'confirmed', by, evidence: `${note} (${result.evidence})` };
}

/** Asks about each open item on the terminal; whoever answers is asked for their name once. */
export async function askForConfirmations(
  results: readonly CheckResult[],
  { input, output }: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream },
): Promise<Map<string, Confirmation>> {
  const open = results.filter(({ verdict }) => verdict === 'confirm');
  const found = new Map<string, Confirmation>();
  if (open.length === 0) return found;
  const lines = createInterface({ input, output });
  try {
    const by = (
      await lines.question(`\n${open.length} items need a person. Who are you? (empty: leave them open) `)
    ).trim();
    if (by === '') return found;
    for (const { id, title, evidence } of open) {
      const answer = (await lines.question(`${id}  ${title}\n  ${evidence}\n  Done? y <note>, or n: `)).trim();
      if (/^y(es)?\b/i.test(answer)) found.set(id, { by, note: answer.replace(/^y(es)?\s*/i, '') || 'yes' });
    }
    return found;
  } finally {
    lines.close();
  }
}
