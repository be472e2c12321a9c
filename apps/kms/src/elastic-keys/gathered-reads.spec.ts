import { describe, expect, it } from '@jest/globals';
import { GatheredReads } from './gathered-reads.js';

/** Reads that the test lets begin and end. */
const reads = () => {
  const statements: { questions: string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const subject = new GatheredReads<string, string>(
    (questions) =>
      new Promise((resolve, reject) => {
        statements.push({ questions, answer: () => resolve(questions.map((one) => `${one}!`)), fail: reject });
      }),
    (question) => question,
  );
  return { subject, statements };
};
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const begun = async (statements: readonly unknown[], count: number): Promise<void> => {
  while (statements.length < count) await turn();
};

describe('gathered reads', () => {
  it('put questions of one turn into one statement, the same one once', async () => {
    const { subject, statements } = reads();
    const answers = ['a', 'b', 'a'].map((question) => subject.ask(question));
    await turn();
    expect(statements.map(({ questions }) => questions)).toEqual([['a', 'b']]);
    statements[0]!.answer();
    expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'a!']);
  });

  it('never answer from a statement that began before the question', async () => {
    const { subject, statements } = reads();
    const first = subject.ask('a');
    await turn();
    const second = subject.ask('a');
    await turn();
    expect(statements).toHaveLength(1);
    statements[0]!.answer();
    await first;
    await begun(statements, 2);
    expect(statements).toHaveLength(2);
    statements[1]!.answer();
    expect(await second).toBe('a!');
    void subject.ask('c');
    await begun(statements, 3);
    expect(statements[2]?.questions).toEqual(['c']);
  });

  it('put what is asked in the turn of the last answers into the next statement too', async () => {
    const { subject, statements } = reads();
    const first = subject.ask('a');
    await turn();
    const second = subject.ask('b');
    statements[0]!.answer();
    await first;
    const third = subject.ask('c');
    await begun(statements, 2);
    expect(statements[1]!.questions).toEqual(['b', 'c']);
    statements[1]!.answer();
    expect(await Promise.all([second, third])).toEqual(['b!', 'c!']);
  });

  it('tell everyone who asked that a statement failed, and go on', async () => {
    const { subject, statements } = reads();
    const failed = Promise.allSettled([subject.ask('a'), subject.ask('b')]);
    await turn();
    statements[0]!.fail(new Error('away'));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = subject.ask('a');
    await begun(statements, 2);
    statements[1]!.answer();
    expect(await next).toBe('a!');
  });

  it('put at most 500 questions into a statement', async () => {
    const { subject, statements } = reads();
    const answers = Array.from({ length: 501 }, (_, n) => subject.ask(String(n)));
    await turn();
    statements[0]!.answer();
    await answers[0];
    await begun(statements, 2);
    statements[1]!.answer();
    await Promise.all(answers);
    expect(statements.map(({ questions }) => questions.length)).toEqual([500, 1]);
  });
});
