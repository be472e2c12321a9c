import type { Verdict } from '../check.js';
import type { CheckResult } from '../run/run-checks.js';
import { recordStyles } from './record-styles.js';
import type { SignedRecord } from './record.js';

const words: Readonly<Record<Verdict, string>> = {
  passed: 'Passed',
  failed: 'Failed',
  confirm: 'Open',
  confirmed: 'Confirmed',
  'not-applicable': 'Not applicable',
};
const titles = {
  passed: 'Everything passed',
  failed: 'Not passed',
  open: 'Passed so far; people have items open',
} as const;

/** A record as one page that needs nothing else: light and dark, and for paper. Everything in it is escaped. */
export function recordPage({ record, signature, unsigned_because: reason, keys }: SignedRecord): string {
  const { phase, target, at, results, changes } = record;
  const groups = [...new Set(results.map(({ group }) => group))];
  const count = (verdict: Verdict): number => results.filter((each) => each.verdict === verdict).length;
  const title = `Deployment record: ${phase}, ${target}, ${at.slice(0, 16).replace('T', ' ')}`;
  const failures = results.filter(({ verdict }) => verdict === 'failed');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(title)}</title>
<style>${recordStyles}</style>
</head>
<body>
<main>
<header class="${record.outcome}">
<h1>${text(titles[record.outcome])}</h1>
<p class="what">cryptoutil, checklist <b>${text(phase)}</b> on <b>${text(target)}</b></p>
<p class="counts">${(['passed', 'failed', 'confirm', 'confirmed', 'not-applicable'] as const)
    .filter((verdict) => count(verdict) > 0)
    .map((verdict) => `<span class="count ${verdict}"><b>${count(verdict)}</b> ${words[verdict].toLowerCase()}</span>`)
    .join(' ')}</p>
</header>
<dl class="facts">
${fact('Time', `${at.replace('T', ' ').slice(0, 19)} UTC, ${record.seconds} s`)}
${fact('Version', record.versions.join(', ') || 'unknown')}
${fact('Place', record.place)}
${fact('Run by', record.by)}
${fact('Signature', signature === null ? `none: ${reason}` : `by the key ${kidOf(keys)} of the key service`)}
</dl>
${failures.length > 0 ? `<section><h2>To do</h2><ol>${failures.map(todo).join('')}</ol></section>` : ''}
${groups.map((group) => section(group, results)).join('\n')}
${changes.length > 0 ? `<section><h2>Settings that changed</h2><ul class="plain">${changes.map((line) => `<li>${text(line)}</li>`).join('')}</ul></section>` : ''}
<footer><p>Lines A… are those of the Auth Service v1.0 checklist, S… of the suite's (docs/operations/checklist-coverage.md).
${signature === null ? '' : 'Prove this record with <code>cryptoutil checklist verify</code> and the JSON file beside it.'}</p></footer>
</main>
</body>
</html>
`;
}

const section = (group: string, results: readonly CheckResult[]): string => `<section>
<h2>${text(group)}</h2>
<ul class="checks">
${results
  .filter((result) => result.group === group)
  .map(item)
  .join('\n')}
</ul>
</section>`;

const item = ({ verdict, id, title, evidence, ms, lines, by }: CheckResult): string =>
  `<li class="${verdict}"><span class="verdict">${words[verdict]}</span><div><p class="title">${text(title)}</p>
<p class="evidence">${text(evidence)}${by === undefined ? '' : ` <b>${text(by)}</b>`}</p>
<p class="small"><code>${text(id)}</code> ${text(lines.join(' '))} <span class="ms">${ms} ms</span></p></div></li>`;

const todo = ({ title, evidence, todo: what }: CheckResult): string =>
  `<li><b>${text(title)}</b>: ${text(evidence)}<br>${text(what ?? '')}</li>`;

const fact = (name: string, value: string): string => `<div><dt>${name}</dt><dd>${text(value)}</dd></div>`;

const kidOf = (keys: readonly object[]): string => String((keys[0] as { kid?: string } | undefined)?.kid ?? 'unknown');

/** Text for HTML, also within quotes. */
function text(value: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return value.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
