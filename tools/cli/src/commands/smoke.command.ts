import { Command } from 'commander';
import { examples } from './examples.js';

/** `cryptoutil smoke`: the whole flow against the suite that runs. */
export function smokeCommand(): Command {
  return new Command('smoke')
    .description(
      'Go through the whole flow against the running suite (see suite.json) and show what passed; exit 1 when something did not.',
    )
    .option('--home <folder>', 'whose suite (default: CRYPTOUTIL_HOME, else .cryptoutil here)')
    .addHelpText('after', examples('cryptoutil smoke', 'cryptoutil smoke --home /srv/demo'))
    .action(async ({ home }: { home?: string }) => {
      const { smoke } = await import('../smoke/smoke.js');
      process.exitCode = await smoke(home);
    });
}
