import { Command } from 'commander';
import { authServiceCommand } from './commands/auth-service.command.js';
import { backupCommand } from './commands/backup.command.js';
import { checklistCommand } from './commands/checklist.command.js';
import { deployCommand } from './commands/deploy.command.js';
import { healthCommand } from './commands/health.command.js';
import { identityCommand } from './commands/identity.command.js';
import { kmsCommand } from './commands/kms.command.js';
import { kubernetesCommand } from './commands/kubernetes.command.js';
import { migrateCommand } from './commands/migrate.command.js';
import { pkiCommand } from './commands/pki.command.js';
import { smokeCommand } from './commands/smoke.command.js';
import { upCommand } from './commands/up.command.js';

/** The whole command line. The commands describe themselves here; what they do is imported when they run. */
export function commandLine(): Command {
  return new Command('cryptoutil')
    .description('Identity and key suite: runs it, runs its services, and looks after its keys and certificates.')
    .showHelpAfterError('Add --help to see what is possible.')
    .addCommand(upCommand())
    .addCommand(smokeCommand())
    .addCommand(migrateCommand())
    .addCommand(identityCommand())
    .addCommand(kmsCommand())
    .addCommand(authServiceCommand())
    .addCommand(pkiCommand())
    .addCommand(kubernetesCommand())
    .addCommand(healthCommand())
    .addCommand(backupCommand())
    .addCommand(deployCommand())
    .addCommand(checklistCommand());
}

/** Errors whose message is made for people: they are printed without a stack. */
const PLAIN_ERRORS = ['CommandFailure', 'ConfigurationError', 'Unreachable'];

/** Runs one command line to its end. A failure is printed to stderr and becomes the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  try {
    await commandLine().parseAsync([...argv]);
  } catch (error) {
    const plain = error instanceof Error && PLAIN_ERRORS.includes(error.name);
    console.error(plain ? error.message : error);
    const { exitCode } = error as { exitCode?: unknown };
    process.exitCode = typeof exitCode === 'number' ? exitCode : 1;
  }
}
