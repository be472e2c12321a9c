import { Argument, Command, Option } from 'commander';
import { examples } from './examples.js';

/** `cryptoutil identity <service>`: one of the three services that deal with people, clients and tokens. */
export function identityCommand(): Command {
  return new Command('identity')
    .description('Run a service in the foreground; its settings come from CRYPTOUTIL_ variables.')
    .addArgument(new Argument('<service>', 'which one').choices(['authz', 'idp', 'rs']))
    .addOption(new Option('--exit-with-parent', 'stop when standard input ends').hideHelp())
    .addHelpText('after', examples('cryptoutil identity authz', 'CRYPTOUTIL_LISTEN_PORT=18081 cryptoutil identity idp'))
    .action(async (name: 'authz' | 'idp' | 'rs', options: { exitWithParent?: boolean }) => {
      const { runService } = await import('../services/run-service.js');
      await runService(name, options);
    });
}
