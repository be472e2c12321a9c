import { homeAt, homeFolder } from '../home/home.js';
import { connectWith } from '../requests/answers.js';
import { requireSuiteFile } from '../suite/suite-file.js';
import { Checks } from './checks.js';
import { checkSignIn, checkSignOut } from './sign-in-checks.js';
import { SmokeFlow } from './smoke-flow.js';
import { checkTokens } from './token-checks.js';

/** Goes through the whole flow against the suite of a home. Resolves to the exit code: 0 when everything passed. */
export async function smoke(home = homeFolder()): Promise<number> {
  const suite = requireSuiteFile(homeAt(home));
  const dispatcher = connectWith({ caFile: suite.caFile });
  const checks = new Checks((line) => console.log(line));
  try {
    const flow = new SmokeFlow(suite, dispatcher);
    await checkSignIn(checks, flow);
    await checkTokens(checks, flow);
    await checkSignOut(checks, flow);
  } finally {
    await dispatcher.destroy();
  }
  const { passed, failed, notReached } = checks.outcome;
  console.log(`${passed} passed, ${failed} failed${notReached > 0 ? `, ${notReached} not reached` : ''}`);
  return failed === 0 ? 0 : 1;
}
