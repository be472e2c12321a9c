import { Command, Option } from 'commander';
import { examples } from './examples.js';

/** `cryptoutil kubernetes`: the secrets that the manifests in deployments/kubernetes expect. */
export function kubernetesCommand(): Command {
  return new Command('kubernetes')
    .description('Make the Secrets of a suite on Kubernetes, as manifests for "kubectl apply". Keep them out of Git.')
    .addCommand(secrets())
    .addCommand(unsealShares());
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
