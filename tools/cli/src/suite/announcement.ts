import { relative } from 'node:path';
import { serviceNames, services } from '../services/services.js';
import type { SuiteFile } from './suite-file.js';

/** What a person wants to know once everything runs: where it is, who may sign in, a first token, and how to stop. */
export function announcement(suite: SuiteFile, { suiteFile, folder }: { suiteFile: string; folder: string }): string {
  const { urls, users, clients } = suite;
  const addresses = serviceNames.map((name) => `  ${name.padEnd(6)} ${urls[name]}   ${services[name].title}`);
  const people = users.map(({ username, password }) => `  ${username.padEnd(6)} ${password}`);
  return [
    '',
    ...addresses,
    `  ${'authz'.padEnd(6)} ${urls.authService}/auth-server/v1/oauth   Auth Service v1.0 for API gateways`,
    `  API documentation of each: ${urls.rs}/ui/swagger`,
    '',
    'People (user name, password):',
    ...people,
    `Clients: ${Object.keys(clients).join(', ')}; their secrets, scopes and redirect URIs are in ${shown(suiteFile)}`,
    '',
    'Get a token:',
    `  ${tokenCommand(suite)}`,
    'Use it:',
    `  ${useCommand(suite)}`,
    '',
    `Logs: ${shown(folder)}/logs   Check everything: npx cryptoutil smoke   Stop: Ctrl-C`,
    '',
  ].join('\n');
}

/** One line of shell that puts an access token for the resource server into TOKEN and shows it. */
export function tokenCommand({ issuer, urls, clients, caFile }: SuiteFile): string {
  const { client_id: id, client_secret: secret } = clients.service!;
  const form = `-d grant_type=client_credentials -d scope=read:resource -d resource=${urls.rs}`;
  const pick = `sed -E 's/.*"access_token":"([^"]+)".*/\\1/'`;
  return `TOKEN=$(curl -s --cacert ${shown(caFile)} -u ${id}:${secret} ${form} ${issuer}/oauth2/v1/token | ${pick}) && echo "$TOKEN"`;
}

/** One line of shell that uses it. */
export const useCommand = ({ urls, caFile }: SuiteFile): string =>
  `curl --cacert ${shown(caFile)} -H "Authorization: Bearer $TOKEN" ${urls.rs}/api/v1/protected/resource`;

/** A path as a person would type it here, quoted when the shell would not take it as it is. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  const text = near.startsWith('..') ? path : near;
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
