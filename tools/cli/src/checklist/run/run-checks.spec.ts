import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { confirm, failed, notApplicable, passed, type Check, type CheckGroup, type Finding } from '../check.js';
import type { CheckContext } from '../context.js';
import { askForConfirmations, confirmed, parseConfirmations, requireKnown } from './confirmations.js';
import { exitCodeOf, Report, summary } from './report.js';
import { runChecks, selected } from './run-checks.js';

const check = (id: string, run: () => Promise<Finding> | Finding, more: Partial<Check> = {}): Check => ({
  ...{ id, title: `title of ${id}`, phases: ['post'], lines: ['S1'], todo: 'do this', run },
  ...more,
});
const group = (checks: Check[], atOnce = 2): CheckGroup => ({ title: 'Group', atOnce, checks });
const context = { phase: 'post', processes: () => Promise.resolve([]) } as unknown as CheckContext;
const run = (checks: Check[], atOnce?: number, signal?: AbortSignal) =>
  runChecks([group(checks, atOnce)], context, () => undefined, signal);

describe('a run of checks', () => {
  it('takes what a check throws as what it found, with every cause', async () => {
    const broken = new Error('outer', {
      cause: new AggregateError([Object.assign(new Error(''), { code: 'ECONNREFUSED' })]),
    });
    const [result] = await run([check('a.throws', () => Promise.reject(broken))]);
    expect(result).toMatchObject({
      verdict: 'failed',
      evidence: 'outer: AggregateError: ECONNREFUSED',
      todo: 'do this',
    });
    expect((await run([check('a.throws', () => Promise.reject('text' as unknown as Error))]))[0]!.evidence).toBe(
      'text',
    );
  });

  it('gives up a check that does not end', async () => {
    const [result] = await run([check('a.hangs', () => new Promise(() => undefined), { timeoutMs: 1 })]);
    expect(result).toMatchObject({ verdict: 'failed', evidence: 'did not end within 0.001 s' });
  });

  it('runs no more at once than the group allows', async () => {
    let [now, most] = [0, 0];
    const counted = async (): Promise<Finding> => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now -= 1;
      return passed('');
    };
    await run(
      Array.from({ length: 6 }, (_, at) => check(`a.${at}`, counted)),
      2,
    );
    expect(most).toBe(2);
  });

  it('begins no further check once it was interrupted', async () => {
    const stop = new AbortController();
    const results = await run(
      [check('a.first', () => (stop.abort(), passed(''))), check('a.second', () => passed(''))],
      1,
      stop.signal,
    );
    expect(results.map(({ id }) => id)).toEqual(['a.first']);
  });

  it('leaves out before the first start what needs something that runs', async () => {
    const before = { ...context, phase: 'pre', processes: () => Promise.resolve([]) } as unknown as CheckContext;
    const checks = [
      check('a.running', () => failed('')),
      check('a.files', () => passed(''), { beforeFirstStart: true }),
    ];
    const results = await runChecks([group(checks, 1)], before, () => undefined);
    expect(results.map(({ verdict, evidence }) => [verdict, evidence])).toEqual([
      ['not-applicable', 'nothing runs yet'],
      ['passed', ''],
    ]);
  });

  it('selects by phase, and by name', () => {
    const groups = [group([check('a.post', () => passed('')), check('a.pre', () => passed(''), { phases: ['pre'] })])];
    const ids = (phase: string, only: string[] = []) =>
      selected(groups, phase, only).flatMap(({ checks }) => checks.map(({ id }) => id));
    expect([ids('post'), ids('pre'), ids('weekly'), ids('post', ['a.pre'])]).toEqual([['a.post'], ['a.pre'], [], []]);
  });
});

describe('the gate', () => {
  const results = (...found: Finding[]) =>
    run(
      found.map((finding, at) => check(`a.${at}`, () => finding)),
      1,
    );

  it.each([
    [0, [passed(''), notApplicable('')]],
    [3, [passed(''), confirm('')]],
    [1, [failed(''), confirm('')]],
  ])('exits %i', async (code, found) => {
    expect(exitCodeOf(await results(...found))).toBe(code);
  });

  it('tells each item as it ends, what was found, and what to do about a failure', async () => {
    const lines: string[] = [];
    const report = new Report((line) => lines.push(line.replace(/\d+ ms/, 'n ms')));
    for (const result of await results(passed('all well'), failed('broken'))) report.show(result);
    expect(lines).toEqual([
      '\nGroup',
      '  ✓ title of a.0 (n ms)',
      '      all well',
      '  ✗ title of a.1 (n ms)  [a.1]',
      '      broken',
      '      → do this',
    ]);
    expect(summary(await results(passed(''), failed(''), confirm('')))).toBe(
      '1 passed, 1 failed, 1 to be confirmed by a person, 0 not applicable',
    );
  });
});

describe('confirmations', () => {
  it('name who has looked and what they say; the note may hold anything', () => {
    expect(parseConfirmations(['people.on-call=Kim Lee: told at 9:00, see chat']).get('people.on-call')).toEqual({
      ...{ by: 'Kim Lee', note: 'told at 9:00, see chat' },
    });
  });

  it.each(['people.on-call', 'people.on-call=Kim', 'people.on-call=:note', 'no.such-item=Kim:note'])(
    'refuse "%s" with exit code 2',
    (text) => {
      expect(() => parseConfirmations([text])).toThrow(expect.objectContaining({ exitCode: 2 }));
    },
  );

  it('refuse names after --only that are no items', () => {
    expect(() => requireKnown(['tls.expiry', 'tls.nothing'])).toThrow(/tls\.nothing, which is no item/);
    expect(() => requireKnown(['tls.expiry'])).not.toThrow();
  });

  it('close what is open, and nothing that failed', async () => {
    const [open, broken] = await run([check('a.0', () => confirm('who?')), check('a.1', () => failed('broken'))], 1);
    const confirmation = { by: 'Kim', note: 'done' };
    expect(confirmed(open!, confirmation)).toMatchObject({ verdict: 'confirmed', by: 'Kim', evidence: 'done (who?)' });
    expect(confirmed(broken!, confirmation).verdict).toBe('failed');
    expect(confirmed(open!, undefined).verdict).toBe('confirm');
  });

  /** A terminal on which somebody answers each question in turn. */
  const answering = (answers: string[]) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const asked: string[] = [];
    output.on('data', (text: Buffer) => {
      asked.push(text.toString());
      const answer = answers.shift();
      if (answer !== undefined) input.write(`${answer}\n`);
    });
    return { input, output, asked };
  };

  it('are asked for on a terminal, with what was found, of somebody who says who they are', async () => {
    const results = await run(
      [check('a.0', () => confirm('who?')), check('a.1', () => passed('')), check('a.2', () => confirm('when?'))],
      1,
    );
    const { asked, ...terminal } = answering(['Kim', 'y told at 9', 'n']);
    expect([...(await askForConfirmations(results, terminal))]).toEqual([['a.0', { by: 'Kim', note: 'told at 9' }]]);
    expect(asked.join('')).toContain('2 items need a person');
    expect(asked.join('')).toContain('when?');
  });

  it('are left open by somebody who gives no name, and not asked for when nothing is open', async () => {
    const results = await run([check('a.0', () => confirm('who?'))], 1);
    expect((await askForConfirmations(results, answering(['']))).size).toBe(0);
    expect((await askForConfirmations([], answering([]))).size).toBe(0);
  });
});
