import { Argument, Command } from 'commander';
import { serviceNames, type ServiceName } from '../services/services.js';
import { examples } from './examples.js';

/** `cryptoutil migrate`: brings databases to the schema of this version. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'Bring the database of each named service (default: all) to the schema of this version. Reads the same CRYPTOUTIL_DATABASE_ variables as the services.',
    )
    .addArgument(new Argument('[service...]', 'whose databases').choices(serviceNames))
    .option('--dry-run', 'only list what would be done; exit 3 when there is something')
    .addHelpText(
      'after',
      examples(
        'cryptoutil migrate authz',
        'CRYPTOUTIL_DATABASE_PASSWORD_FILE=/run/secrets/db cryptoutil migrate kms --dry-run',
      ),
    )
    .action(async (names: ServiceName[], { dryRun = false }: { dryRun?: boolean }) => {
      const { migrateCommandAction } = await import('../services/migrate-services.js');
      process.exitCode = await migrateCommandAction(names.length > 0 ? names : serviceNames, { dryRun });
    });
}
