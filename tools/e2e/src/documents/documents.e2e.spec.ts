import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteFixture, type Suite } from '../suite.fixture.js';
import { fencedBlocks, type FencedBlock } from './fenced-blocks.fixture.js';

const root = resolve(import.meta.dirname, '../../../..');
const markdownOf = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
const pages = [
  'README.md',
  ...['docs/operations', 'docs/kms', 'docs/auth-service', 'deployments/kubernetes'].flatMap(markdownOf),
];
const blocks = pages.map((page) => ({ page, blocks: fencedBlocks(readFileSync(join(root, page), 'utf8')) }));
const run = blocks
  .map(({ page, blocks }) => ({ page, blocks: blocks.filter(({ notRun }) => notRun === undefined) }))
  .filter(({ blocks }) => blocks.length > 0);
const notRun = blocks.flatMap(({ page, blocks }) =>
  blocks.filter(({ notRun }) => notRun !== undefined).map((block) => ({ ...block, page })),
);

describe('the commands of the documentation', () => {
  let suite: Suite;
  beforeAll(async () => {
    suite = await suiteFixture();
  }, 180_000);
  afterAll(() => suite?.close(), 60_000);

  it.each(run)(
    '$page: its commands end with success',
    async ({ blocks }) => {
      const { code, printed } = await perform(blocks, suite);
      if (code !== 0) throw new Error(`exit code ${code} after:\n${printed.slice(-4000)}`);
    },
    300_000,
  );

  it.each(notRun)('$page:$line is not run: $notRun', ({ notRun, script }) => {
    expect(notRun).toMatch(/^needs /);
    expect(script.trim()).not.toBe('');
  });
});

/**
 * Other tests run beside this one, so how fast the suite answers says nothing here: a checklist that failed by nothing but its bars of
 * speed ends as one that people must confirm (3).
 */
const speedAside = String.raw`npx() {
  local code=0
  command npx "$@" || code=$?
  [[ "$code $*" == '1 cryptoutil checklist '* ]] || return "$code"
  node -e '
    const { readFileSync, readdirSync } = require("node:fs");
    const folder = process.env.CRYPTOUTIL_HOME + "/records/";
    const newest = readdirSync(folder).filter((name) => name.endsWith(".json")).sort().at(-1);
    const { results } = JSON.parse(readFileSync(folder + newest, "utf8")).record;
    const failed = results.filter(({ verdict }) => verdict === "failed");
    process.exit(failed.length > 0 && failed.every(({ id }) => id.startsWith("performance.")) ? 3 : 1);'
}`;

/** The blocks of one page in one shell, as a reader would type them, against the suite of this test. */
function perform(blocks: FencedBlock[], suite: Suite): Promise<{ code: number | null; printed: string }> {
  const { urls, home } = placeOf(suite);
  const script = [speedAside, ...blocks.map(({ line, script }) => `echo "== line ${line}" >&2\n${script}`)]
    .join('\n')
    .replaceAll(/(?<![\w./-])\.cryptoutil\b/g, home)
    .replaceAll(/https:\/\/(localhost|127\.0\.0\.1):(8080|8081|8082|8443|9090)/g, (_, __, port: string) => urls[port]!);
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CRYPTOUTIL_HOME: home, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  return new Promise((settle, fail) => child.on('error', fail).on('close', (code) => settle({ code, printed })));
}

function placeOf({ file }: Suite): { urls: Record<string, string>; home: string } {
  const { authz, idp, rs, kms, authService } = file.urls;
  return {
    home: dirname(dirname(file.caFile)),
    urls: { 8080: authz, 8081: idp, 8082: rs, 9090: kms, 8443: authService },
  };
}
