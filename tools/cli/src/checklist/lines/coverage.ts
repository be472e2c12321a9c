import type { Check } from '../check.js';
import { authServiceLines } from './auth-service-lines.js';
import { suiteLines } from './suite-lines.js';

/** One line of a checklist, and what takes care of it. */
export interface SeedLine {
  /** `A10`: line 10 of the Auth Service's checklist; `S24`: line 24 of the suite's. */
  readonly ref: string;
  readonly words: string;
  readonly isHeading: boolean;
  /** Why there is no item for it. */
  readonly elsewhere?: string;
}

/** Every line of both checklists that asks for something. */
export const seedLines: readonly SeedLine[] = [...parse('A', authServiceLines), ...parse('S', suiteLines)];

function parse(letter: string, text: string): SeedLine[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const match = /^(\d+) (# )?(.*?)(?: = (.*))?$/.exec(line)!;
      return { ref: `${letter}${match[1]}`, words: match[3]!, isHeading: match[2] !== undefined, elsewhere: match[4] };
    });
}

/** docs/operations/checklist-coverage.md, made of the lines and the items. */
export function coverageDocument(checks: readonly Check[]): string {
  const beyond = checks.filter(({ lines }) => lines.length === 0);
  const people = checks.filter(({ id }) => id.startsWith('people.')).length;
  return `# Which item takes care of which line of the checklists

Made by \`npm run docs:checklist\` from \`tools/cli/src/checklist\`; a test compares it. \`cryptoutil checklist list\` shows the items.

Of ${checks.length} items, ${checks.length - people} are checked by the program. ${people} begin with \`people.\`: whom to tell, who decides and what
was written down is not on any machine, so a person answers them, by name. Some others end as "to be confirmed" where a machine sees
only a part; their evidence says what it saw. \`cryptoutil checklist <phase> --confirm <id>=<who>:<note>\` answers without being asked.

Phases: \`pre\`, \`deploy\`, \`post\`, \`rollback\`, \`weekly\`, \`monthly\`, \`quarterly\`. Exit codes: 0 everything passed, 1 something failed,
2 wrong arguments, 3 only items for people are open.

## Checklist of Auth Service v1.0

${table('A', checks)}

## Checklist of the suite: identity services and key service

${table('S', checks)}

## Items beyond the checklists

${beyond.map(({ id, title, phases }) => `- \`${id}\` (${phases.join(', ')}): ${title}.`).join('\n')}
`;
}

function table(letter: string, checks: readonly Check[]): string {
  const rows = seedLines.filter(({ ref }) => ref.startsWith(letter));
  const body = rows.map(({ ref, words, isHeading, elsewhere }) => {
    const ids = checks.filter(({ lines }) => lines.includes(ref)).map(({ id }) => `\`${id}\``);
    const by = isHeading && ids.length === 0 ? 'the lines below it' : (elsewhere ?? ids.join(', '));
    return [ref, isHeading ? `**${words}**` : words, by];
  });
  const all = [['line', 'what it asks for', 'taken care of by'], ...body];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => [...row[column]!].length)));
  const shown = ([head, ...rest]: string[][]) =>
    [head!, widths.map((width) => '-'.repeat(width)), ...rest]
      .map((row) => `| ${row.map((cell, at) => cell + ' '.repeat(widths[at]! - [...cell].length)).join(' | ')} |`)
      .join('\n');
  return shown(all);
}
