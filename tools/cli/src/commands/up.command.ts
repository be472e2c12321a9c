import { Command } from 'commander';
import { portOption, serviceNames, services } from '../services/services.js';
import { examples } from './examples.js';
import { portArgument } from './port-argument.js';

interface UpOptions {
  readonly reset?: boolean;
  readonly home?: string;
  readonly authzPort: number;
  readonly idpPort: number;
  readonly rsPort: number;
  readonly kmsPort: number;
  readonly postgresPort: number;
  readonly authServicePort?: number;
}

/** `cryptoutil up`: the whole suite on this machine, until Ctrl-C. */
export function upCommand(): Command {
  const command = new Command('up')
    .description(
      'Start PostgreSQL and the four services on this machine, with demo data, and keep them running until Ctrl-C.',
    )
    .option('--reset', 'throw away all data, keys and certificates of an earlier start')
    .option('--home <folder>', 'where the state lives (default: CRYPTOUTIL_HOME, else .cryptoutil here)');
  for (const name of serviceNames) {
    const { defaultPort, title } = services[name];
    command.option(
      `${portOption(name)} <port>`,
      `port of ${name}, the ${title}; 0 takes any free one`,
      portArgument,
      defaultPort,
    );
  }
  return command
    .option('--postgres-port <port>', 'port of the embedded PostgreSQL; 0 takes any free one', portArgument, 0)
    .option(
      `${portOption('authService')} <port>`,
      'port of the Auth Service v1.0 API of authz (default: 8443, or any free one when the port of authz is 0)',
      portArgument,
    )
    .addHelpText(
      'after',
      examples('cryptoutil up', 'cryptoutil up --reset', 'CRYPTOUTIL_HOME=/srv/demo cryptoutil up --authz-port 18080'),
    )
    .action(async ({ reset, home, authServicePort: authService, ...given }: UpOptions) => {
      const { up } = await import('../suite/up.js');
      const { authzPort, idpPort, rsPort, kmsPort, postgresPort } = given;
      const ports = {
        ...{ authz: authzPort, idp: idpPort, rs: rsPort, kms: kmsPort },
        ...{ postgres: postgresPort, authService },
      };
      process.exitCode = await up({ reset, home, ports });
    });
}
