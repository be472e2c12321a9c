import type { Check, CheckGroup } from './check.js';
import { audit } from './checks/audit.js';
import { configuration } from './checks/configuration.js';
import { database } from './checks/database.js';
import { dependencies } from './checks/dependencies.js';
import { deployment } from './checks/deployment.js';
import { environment } from './checks/environment.js';
import { flows } from './checks/flows.js';
import { gateway } from './checks/gateway.js';
import { operation } from './checks/operation.js';
import { people } from './checks/people.js';
import { performanceGroup } from './checks/performance.js';
import { secrets } from './checks/secrets.js';
import { services } from './checks/services.js';
import { telemetry } from './checks/telemetry.js';
import { tls } from './checks/tls.js';

/** Every check, in the order in which they are made: what others build on comes first, the logs last. */
export const groups: readonly CheckGroup[] = [
  environment,
  tls,
  secrets,
  database,
  configuration,
  services,
  flows,
  gateway,
  performanceGroup,
  telemetry,
  deployment,
  audit,
  dependencies,
  operation,
  people,
];

export const allChecks: readonly Check[] = groups.flatMap(({ checks }) => checks);
