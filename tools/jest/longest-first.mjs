import TestSequencer from '@jest/test-sequencer';

/** Files of a minute or more on an idle machine. Begun last, one of them would keep a single worker busy while the other has nothing to do. */
const LONGEST = [
  'documents.e2e.spec.ts',
  'every-statement.int.spec.ts',
  'sabotage.int.spec.ts',
  'restore-drill.e2e.spec.ts',
];

const rank = ({ path }) => {
  const at = LONGEST.findIndex((name) => path.endsWith(`/${name}`));
  return at < 0 ? LONGEST.length : at;
};

/** Jest's order, which begins with what took longest the last time, or else with the largest files, after those that are known to be long. */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rank(one) - rank(other));
  }
}
