import { Command } from 'commander';
import type { ClientOptions, EndpointOptions } from '../auth-service/auth-service-actions.js';
import type { AdminConnection } from '../auth-service/connection.js';
import type { SecretFiles } from '../auth-service/rotate-secret.js';
import { examples } from './examples.js';

const actions = () => import('../auth-service/auth-service-actions.js');

/** `cryptoutil auth-service`: what the Auth Service v1.0 API serves, and the secret of its tokens. */
export function authServiceCommand(): Command {
  return new Command('auth-service')
    .description(
      'Look after the Auth Service v1.0 API of authz: its clients, the endpoints they may call, its JWT secret.',
    )
    .addCommand(client())
    .addCommand(endpoint())
    .addCommand(importing())
    .addCommand(rotate());
}

function client(): Command {
  return new Command('client')
    .description('Clients that get tokens. Changes are effective at once on every replica.')
    .addCommand(
      connection(new Command('add'))
        .description(
          'Register a client, or replace its registration; without a secret file a new one gets a random secret.',
        )
        .argument('<id>')
        .option('--name <name>', 'its name, for people')
        .option('--scope <scope...>', 'scopes of its tokens')
        .option('--ttl <seconds>', 'how long its tokens live, 1 to 86400 (default: 3600)', Number)
        .option('--secret-file <file>', 'file that holds its secret')
        .addHelpText(
          'after',
          examples('cryptoutil auth-service client add billing --scope read:ltp read:quote --ttl 600'),
        )
        .action(async (id: string, options: ClientOptions) => (await actions()).addClient(id, options)),
    )
    .addCommand(
      connection(new Command('list'))
        .description('List the clients, one JSON object a line.')
        .addHelpText('after', examples('cryptoutil auth-service client list'))
        .action(async (options: AdminConnection) => (await actions()).listClients(options)),
    )
    .addCommand(
      byKey('show', 'Show a client.', 'client', async (id, options) => (await actions()).showClient(id, options)),
    )
    .addCommand(
      byKey('disable', 'Refuse a client and its tokens.', 'client', async (id, options) =>
        (await actions()).setClientActive(id, false, options),
      ),
    )
    .addCommand(
      byKey('enable', 'Let a client in again.', 'client', async (id, options) =>
        (await actions()).setClientActive(id, true, options),
      ),
    )
    .addCommand(
      byKey('remove', 'Remove a client; its tokens are refused.', 'client', async (id, options) =>
        (await actions()).removeClient(id, options),
      ),
    );
}

function endpoint(): Command {
  return new Command('endpoint')
    .description('URLs that gateways ask about, and the scope that each needs. Named by id or by URL.')
    .addCommand(
      connection(new Command('add'))
        .description('Register an endpoint; one with the same URL and method is replaced.')
        .argument('<url>', 'as the gateway sends it; with --pattern, * is one path segment and a last ** any rest')
        .requiredOption('--scope <scope>', 'scope that a token needs')
        .option('--method <method>', 'only for this method (default: any)')
        .option('--description <text>', 'what it is')
        .option('--pattern', 'the URL is a pattern')
        .addHelpText(
          'after',
          examples(
            'cryptoutil auth-service endpoint add http://api.example.com/v1/users --scope read:ltp',
            "cryptoutil auth-service endpoint add 'https://api.example.com/v1/orders/**' --pattern --method GET --scope read:orders",
          ),
        )
        .action(async (url: string, options: EndpointOptions) => (await actions()).addEndpoint(url, options)),
    )
    .addCommand(
      connection(new Command('list'))
        .description('List the endpoints, one JSON object a line.')
        .addHelpText('after', examples('cryptoutil auth-service endpoint list'))
        .action(async (options: AdminConnection) => (await actions()).listEndpoints(options)),
    )
    .addCommand(
      byKey('show', 'Show an endpoint.', 'endpoint', async (key, options) =>
        (await actions()).showEndpoint(key, options),
      ),
    )
    .addCommand(
      byKey('disable', 'Refuse every call of an endpoint.', 'endpoint', async (key, options) =>
        (await actions()).setEndpointActive(key, false, options),
      ),
    )
    .addCommand(
      byKey('enable', 'Let calls of an endpoint through again.', 'endpoint', async (key, options) =>
        (await actions()).setEndpointActive(key, true, options),
      ),
    )
    .addCommand(
      byKey('remove', 'Remove an endpoint.', 'endpoint', async (key, options) =>
        (await actions()).removeEndpoint(key, options),
      ),
    );
}

function importing(): Command {
  return connection(new Command('import'))
    .description('Register the clients and endpoints of a list of the original, JSON or SQL INSERT statements.')
    .argument('<file>')
    .option('--dry-run', 'only read the file and count')
    .addHelpText(
      'after',
      examples('cryptoutil auth-service import clients.json', 'cryptoutil auth-service import seed.sql --dry-run'),
    )
    .action(async (file: string, options: AdminConnection & { dryRun?: boolean }) =>
      (await actions()).importRegistrations(file, options),
    );
}

function rotate(): Command {
  return new Command('rotate-secret')
    .description(
      'Make a new JWT secret; tokens of the one before stay valid, and running services follow within a second.',
    )
    .option(
      '--secret-file <file>',
      'the current secret (default: CRYPTOUTIL_AUTH_SERVICE_JWT_SECRET_FILE, else of the suite)',
    )
    .option('--previous-file <file>', 'where the one before goes (default: beside it, with -previous)')
    .option('--force', 'even when the last rotation was less than a day ago')
    .addHelpText('after', examples('cryptoutil auth-service rotate-secret --secret-file /run/secrets/jwt'))
    .action(async (options: SecretFiles) => {
      const { rotateSecret } = await import('../auth-service/rotate-secret.js');
      console.log(rotateSecret(options));
    });
}

function byKey(
  verb: string,
  description: string,
  kind: 'client' | 'endpoint',
  run: (key: string, options: AdminConnection) => Promise<void>,
): Command {
  const key = kind === 'client' ? 'billing' : 'http://api.example.com/v1/users';
  return connection(new Command(verb))
    .description(description)
    .argument(kind === 'client' ? '<id>' : '<id or url>')
    .addHelpText('after', examples(`cryptoutil auth-service ${kind} ${verb} ${key}`))
    .action(run);
}

function connection(command: Command): Command {
  return command
    .option('--url <url>', 'authz (default: CRYPTOUTIL_ISSUER, else the suite of this home)')
    .option('--ca-file <file>', 'authority to trust (default: CRYPTOUTIL_TLS_CA_FILE, else of the suite)')
    .option(
      '--cert-file <file>',
      'certificate of the identity ops (default: CRYPTOUTIL_TLS_CERT_FILE, else of the suite)',
    )
    .option('--key-file <file>', 'its private key (default: CRYPTOUTIL_TLS_KEY_FILE, else of the suite)');
}
