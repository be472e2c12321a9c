import { Command, InvalidArgumentError, Option } from 'commander';
import { colours, type Colour } from '../deploy/colours.js';
import { AUTH_SERVICE_PORT, portOption, serviceNames, services } from '../services/services.js';
import { examples } from './examples.js';
import { portArgument } from './port-argument.js';

interface InitArguments {
  readonly folder?: string;
  readonly host: string;
  readonly image: string;
  readonly bind: string;
  readonly telemetry: boolean;
  readonly authzPort: number;
  readonly idpPort: number;
  readonly rsPort: number;
  readonly kmsPort: number;
  readonly authServicePort: number;
  readonly backupRecipient?: string;
}

interface PlaceArguments {
  readonly target: 'compose' | 'kubernetes';
  readonly folder?: string;
  readonly namespace: string;
}

interface StartArguments extends PlaceArguments {
  readonly manifests: string;
  readonly image?: string;
  readonly healthyWithin: number;
  readonly watch: number;
  readonly backup: boolean;
  readonly smoke: boolean;
}

/** `cryptoutil deploy`: the suite in containers on one host, in two colours, or on Kubernetes. */
export function deployCommand(): Command {
  return new Command('deploy')
    .description(
      'Deploy the suite with Docker Compose or on Kubernetes, and bring in new versions without an interruption (blue-green).',
    )
    .addCommand(init())
    .addCommand(start())
    .addCommand(status())
    .addCommand(switchTo())
    .addCommand(rollback())
    .addCommand(bootstrap(), { hidden: true });
}

const folderOption = (): Option =>
  new Option('--folder <folder>', 'folder of compose.yml (default: deployments/compose)');
const targetOption = (): Option =>
  new Option('--target <target>', 'where the suite runs').choices(['compose', 'kubernetes']).default('compose');
const namespaceOption = (): Option =>
  new Option('--namespace <name>', 'kubernetes: namespace of the suite').default('cryptoutil-prod');
const healthyOption = (): Option =>
  new Option('--healthy-within <s>', 'how long the colour may take to become healthy').argParser(seconds).default(180);

function init(): Command {
  const command = new Command('init')
    .description(
      'Make the settings, secrets, certificates and folders that compose.yml needs. Refuses when any of them is there.',
    )
    .addOption(folderOption())
    .option('--host <name>', 'name by which clients reach the suite', 'cryptoutil.localhost')
    .option('--image <image>', 'image of the suite', 'cryptoutil:0.1.0')
    .option('--bind <address>', 'address of this host to publish the ports at', '127.0.0.1')
    .option('--no-telemetry', 'leave the collector and the dashboards out')
    .option(
      '--backup-recipient <file>',
      'public key that backups are sealed for, of "cryptoutil backup keygen" on another host (default: a new pair, made here)',
    );
  for (const name of serviceNames) {
    const { defaultPort } = services[name];
    command.option(`${portOption(name)} <port>`, `published port of ${name}`, portArgument, defaultPort);
  }
  return command
    .option('--auth-service-port <port>', 'published port of Auth Service v1.0', portArgument, AUTH_SERVICE_PORT)
    .addHelpText(
      'after',
      examples(
        'cryptoutil deploy init',
        'cryptoutil deploy init --host id.example.com --bind 0.0.0.0 --backup-recipient recipient.public.jwk',
      ),
    )
    .action(async ({ authzPort, idpPort, rsPort, kmsPort, ...options }: InitArguments) => {
      const { initDeployment } = await import('../deploy/init-deployment.js');
      await initDeployment({ ...options, ports: { authz: authzPort, idp: idpPort, rs: rsPort, kms: kmsPort } });
    });
}

function start(): Command {
  return new Command('start')
    .description(
      'Bring in a new version: back up, migrate, start the idle colour, try it, make it warm, switch, watch, retire the old colour. Goes back by itself; exit 1 then.',
    )
    .addOption(targetOption())
    .addOption(folderOption())
    .addOption(namespaceOption())
    .option('--manifests <folder>', 'kubernetes: folder of the manifests', 'deployments/kubernetes')
    .option('--image <image>', 'the new image (default: what the idle colour has, or what the manifests name)')
    .addOption(healthyOption())
    .option(
      '--watch <s>',
      'how long the new version is watched before the old one is stopped; 30 and more to notice that it is slow',
      seconds,
      300,
    )
    .option('--no-backup', 'do not back the databases up first')
    .option('--no-smoke', 'kubernetes: do not ask the new pods for what they serve, nor make them warm')
    .addHelpText(
      'after',
      examples(
        'cryptoutil deploy start --image cryptoutil:0.2.0',
        'cryptoutil deploy start --target kubernetes --image registry.example.com/cryptoutil:0.2.0',
      ),
    )
    .action(async ({ target, ...options }: StartArguments) => {
      if (target === 'kubernetes') {
        const { startOnKubernetes } = await import('../deploy/kubernetes/start-on-kubernetes.js');
        process.exitCode = await startOnKubernetes(options);
        return;
      }
      const { startDeployment } = await import('../deploy/start-deployment.js');
      process.exitCode = await startDeployment(options);
    });
}

function status(): Command {
  return new Command('status')
    .description('Say which colour is active and how every part is; exit 1 when what serves is not ready.')
    .addOption(targetOption())
    .addOption(folderOption())
    .addOption(namespaceOption())
    .option('--json', 'for programs')
    .addHelpText('after', examples('cryptoutil deploy status', 'cryptoutil deploy status --target kubernetes --json'))
    .action(async ({ target, ...options }: PlaceArguments & { json?: boolean }) => {
      if (target === 'kubernetes') {
        const { kubernetesStatus } = await import('../deploy/kubernetes/kubernetes-state.js');
        process.exitCode = await kubernetesStatus(options);
        return;
      }
      const { deploymentStatus } = await import('../deploy/deployment-status.js');
      process.exitCode = await deploymentStatus(options);
    });
}

function switchTo(): Command {
  return new Command('switch')
    .description(
      'Send new connections to the other colour, which must run and be ready. Nothing is started or stopped.',
    )
    .addOption(folderOption())
    .addOption(new Option('--to <colour>', 'which one (default: the other)').choices(colours))
    .addHelpText('after', examples('cryptoutil deploy switch', 'cryptoutil deploy switch --to blue'))
    .action(async (options: { folder?: string; to?: Colour }) => {
      const { switchColour } = await import('../deploy/start-deployment.js');
      await switchColour(options);
    });
}

function rollback(): Command {
  return new Command('rollback')
    .description(
      'Go back to the version before: start its colour, switch, retire the present one; on Kubernetes undo the rollouts of the last deployment. Data stays as it is.',
    )
    .addOption(targetOption())
    .addOption(folderOption())
    .addOption(namespaceOption())
    .addOption(healthyOption())
    .addHelpText('after', examples('cryptoutil deploy rollback', 'cryptoutil deploy rollback --target kubernetes'))
    .action(async ({ target, ...options }: PlaceArguments & { healthyWithin: number }) => {
      if (target === 'kubernetes') {
        const { kubernetesRollback } = await import('../deploy/kubernetes/kubernetes-state.js');
        return kubernetesRollback(options);
      }
      const { rollbackDeployment } = await import('../deploy/start-deployment.js');
      return rollbackDeployment(options);
    });
}

function bootstrap(): Command {
  return new Command('bootstrap')
    .description('The job of compose.yml that initialises and unseals the kms and registers the resource server.')
    .requiredOption('--shares <folder>', 'where the share files are, or will be')
    .requiredOption('--kms <url>', 'the key service')
    .requiredOption('--authz <url>', 'the authorization server')
    .action(async (options: { shares: string; kms: string; authz: string }) => {
      const { bootstrap: run } = await import('../deploy/bootstrap.js');
      await run(options);
    });
}

function seconds(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Whole seconds are expected.');
}
