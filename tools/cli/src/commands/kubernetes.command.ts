import { Command, Option } from 'commander';
import type { RegisterOptions } from '../kubernetes/register.js';
import { examples } from './examples.js';

/** `cryptoutil kubernetes`: what the manifests in deployments/kubernetes expect beside themselves. */
export function kubernetesCommand(): Command {
  return new Command('kubernetes')
    .description(
      'Make the Secrets of a suite on Kubernetes, as manifests for "kubectl apply" (keep them out of Git), and register its resource server.',
    )
    .addCommand(secrets())
    .addCommand(unsealShares())
    .addCommand(register());
}

const outOption = (): Option =>
  new Option('--out <folder>', 'folder for the manifests (files 0600)').makeOptionMandatory();

const namespaceOption = (): Option =>
  new Option('--namespace <name>', 'namespace of the suite').default('cryptoutil-prod');

function secrets(): Command {
  return new Command('secrets')
    .description('Make the keys of the services and the passwords of their databases. Refuses to replace any.')
    .addOption(outOption())
    .addOption(namespaceOption())
    .option('--database-ca-file <file>', 'authority of a managed PostgreSQL server (PEM); CloudNativePG brings its own')
    .addHelpText('after', examples('cryptoutil kubernetes secrets --out deployments/kubernetes/secrets'))
    .action(async (options: { out: string; namespace: string; databaseCaFile?: string }) => {
      const { writeSecrets } = await import('../kubernetes/kubernetes-actions.js');
      writeSecrets(options);
    });
}

function unsealShares(): Command {
  return new Command('unseal-shares')
    .description('Put the shares that "cryptoutil kms init" wrote, as many as open the seal, into a Secret.')
    .addOption(outOption())
    .addOption(namespaceOption())
    .requiredOption('--share-file <file...>', 'files that hold one share each')
    .addHelpText(
      'after',
      examples(
        'cryptoutil kubernetes unseal-shares --share-file shares/share-1 shares/share-2 shares/share-3 --out deployments/kubernetes/secrets',
      ),
    )
    .action(async (options: { out: string; namespace: string; shareFile: string[] }) => {
      const { writeUnsealShares } = await import('../kubernetes/kubernetes-actions.js');
      writeUnsealShares(options);
    });
}

function register(): Command {
  return new Command('register')
    .description(
      'Make authz know the resource server, which asks it about tokens. Once for an installation; again does no harm.',
    )
    .requiredOption('--url <url>', 'authz, as it is reached from here')
    .requiredOption('--rs-url <url>', 'public URL of rs (CRYPTOUTIL_PUBLIC_URL of its settings)')
    .requiredOption('--ca-file <file>', 'authority to trust')
    .requiredOption('--cert-file <file>', 'certificate of the identity ops')
    .requiredOption('--key-file <file>', 'its private key')
    .addHelpText(
      'after',
      examples(
        'cryptoutil kubernetes register --url https://localhost:8080 --rs-url https://api.cryptoutil.example --ca-file ops/ca.crt --cert-file ops/tls.crt --key-file ops/tls.key',
      ),
    )
    .action(async (options: RegisterOptions) => {
      const { registerInCluster } = await import('../kubernetes/register.js');
      await registerInCluster(options);
    });
}
