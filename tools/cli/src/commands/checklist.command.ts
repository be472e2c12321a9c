import { Command, InvalidArgumentError, Option } from 'commander';
import { phases, targets, type Phase, type Target } from '../checklist/check.js';
import type { SubjectOptions } from '../checklist/checklist.js';
import { examples } from './examples.js';

interface Arguments extends SubjectOptions {
  readonly target: Target;
  readonly only: string[];
  readonly confirm: string[];
  readonly nonInteractive?: boolean;
  readonly by?: string;
  readonly records?: string;
  readonly commit?: string;
  readonly loadSeconds: number;
  readonly loadRps: number;
  readonly collectorUrl?: string;
  readonly grafanaUrl?: string;
}

const meanings: Readonly<Record<Phase, string>> = {
  pre: 'Before a deployment: is everything there that it takes, and can one go back?',
  deploy: 'While a version comes in: has the old one ended, does the new one come up?',
  post: 'After a deployment: does everything work, fast enough, and is nothing open?',
  rollback: 'After a rollback: is everything as it was?',
  weekly: 'Once a week: errors, logs, backups.',
  monthly: 'Once a month: certificates, security logs, trends, limits.',
  quarterly: 'Once a quarter: audit, dependencies, restore test, secret rotation.',
};

/** `cryptoutil checklist`: the deployment checklists as a program. */
export function checklistCommand(): Command {
  const command = new Command('checklist').description(
    'Go through a deployment checklist: what a machine can check is checked, people are asked for the rest, and a signed record is kept. Exit 0: all passed, 1: something failed, 2: wrong arguments, 3: a person has items open.',
  );
  for (const phase of phases) command.addCommand(phaseCommand(phase));
  command.addCommand(list()).addCommand(verify());
  return command;
}

function phaseCommand(phase: Phase): Command {
  return wrongArgumentsAre2(new Command(phase))
    .description(meanings[phase])
    .addOption(new Option('--target <target>', 'what the suite runs on').choices(targets).default('dev'))
    .option('--home <folder>', 'dev: whose suite (default: CRYPTOUTIL_HOME, else .cryptoutil here)')
    .option('--folder <folder>', 'compose: folder of compose.yml (default: deployments/compose)')
    .option('--namespace <name>', 'kubernetes: namespace', 'cryptoutil-prod')
    .option('--ops <folder>', 'kubernetes: folder with tls.crt, tls.key and ca.crt of the identity ops')
    .option('--connect-to <address>', 'connect every name to this address (a port-forward, a proxy)')
    .option('--kms-url <url>', 'kubernetes: where the key service is reached from here')
    .option('--backup-folder <folder>', 'where the backups are (default: of "cryptoutil backup")')
    .option('--backup-keys <folder>', 'where their keys are (default: of "cryptoutil backup")')
    .option('--only <id...>', 'only these items, for example after one was repaired', [])
    .option('--confirm <id=by:note...>', 'confirm items for people: who has looked, and what they say', [])
    .option('--non-interactive', 'ask nobody; what people must confirm stays open (exit 3)')
    .option('--by <name>', 'who runs this, for the record (default: the user of this machine)')
    .option('--records <folder>', 'where records are kept (default: records in the home or beside compose.yml)')
    .option('--commit <hash>', 'the commit that is to run')
    .option('--load-seconds <n>', 'pre: how long the load lasts; the checklist wants 300', whole, 5)
    .option('--load-rps <n>', 'pre: requests a second of the load', whole, 100)
    .option('--collector-url <url>', 'health of the OTLP collector (default: port 13133 beside the endpoint)')
    .option('--grafana-url <url>', 'Grafana (default: http://127.0.0.1:3000 when telemetry is sent)')
    .addHelpText(
      'after',
      examples(
        `cryptoutil checklist ${phase}`,
        `cryptoutil checklist ${phase} --target compose --non-interactive`,
        `cryptoutil checklist ${phase} --target kubernetes --ops ./ops --connect-to 127.0.0.1`,
        `cryptoutil checklist ${phase} --only tls.expiry`,
      ),
    )
    .action(async ({ target, confirm, nonInteractive, ...options }: Arguments) => {
      const { runChecklist, subjectOf } = await import('../checklist/checklist.js');
      const { parseConfirmations, requireKnown } = await import('../checklist/run/confirmations.js');
      requireKnown(options.only);
      const confirmations = parseConfirmations(confirm);
      const interactive = !nonInteractive && process.stdin.isTTY === true;
      const subject = await subjectOf(target, options);
      const { code } = await runChecklist(subject, { ...options, phase, confirmations, interactive });
      process.exitCode = code;
    });
}

function list(): Command {
  return wrongArgumentsAre2(new Command('list'))
    .description('List every item with its id, its phases and the lines of the checklists that it answers.')
    .addOption(new Option('--phase <phase>', 'only those of a phase').choices(phases))
    .addHelpText('after', examples('cryptoutil checklist list', 'cryptoutil checklist list --phase post'))
    .action(async ({ phase }: { phase?: Phase }) => {
      const { allChecks } = await import('../checklist/registry.js');
      for (const check of allChecks.filter((each) => !phase || each.phases.includes(phase))) {
        console.log(
          `${check.id.padEnd(26)} ${check.title}\n${''.padEnd(26)} ${check.phases.join(', ')}  ${check.lines.join(' ')}`,
        );
      }
    });
}

function verify(): Command {
  return wrongArgumentsAre2(new Command('verify'))
    .description('Prove a record without the key service: it was signed, and not changed since.')
    .argument('<file>', 'the JSON file of the record')
    .option(
      '--jwks <file>',
      'public keys to trust, as kept by you; without them the keys in the record are shown and used',
    )
    .addHelpText(
      'after',
      examples(
        'cryptoutil checklist verify record.json',
        'cryptoutil checklist verify record.json --jwks ops-keys.json',
      ),
    )
    .action(async (file: string, options: { jwks?: string }) => {
      const { verifyRecordFile } = await import('../checklist/record/verify-record-file.js');
      await verifyRecordFile(file, options);
    });
}

/** Commander ends with 1 over wrong arguments, which here means that a check failed. */
function wrongArgumentsAre2(command: Command): Command {
  return command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}

function whole(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number is expected.');
}
