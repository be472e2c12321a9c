import { confirm, failed, notApplicable, passed, unless, type Check } from '../check.js';

/** What the logs say; made last, so that they hold what this run has done. */
export const logChecks: readonly Check[] = [
  {
    id: 'logs.server-errors',
    title: 'HTTP 5xx errors are below 0.1 %',
    phases: ['post', 'rollback', 'weekly'],
    lines: ['A75', 'A169', 'A192', 'A233', 'S185', 'S304'],
    todo: 'Look for the first of them in the log (its request_id leads to the reason); go back when they go on.',
    run: async (context) => {
      const { requests } = await context.logs();
      const errors = requests.filter(({ status }) => status >= 500).length;
      const text = `${errors} of ${requests.length} requests`;
      return errors === 0 || errors / requests.length < 0.001 ? passed(text) : failed(text);
    },
  },
  {
    id: 'logs.errors',
    title: 'No errors in the logs (level ERROR)',
    phases: ['deploy', 'post', 'rollback', 'weekly'],
    lines: ['A127', 'A154', 'A175', 'A234', 'S186', 'A256', 'S79'],
    todo: 'Read each of them and say whether it is explained.',
    run: async (context) => {
      const { errors, lines } = await context.logs();
      return errors.length === 0
        ? passed(`none in ${lines} lines`)
        : confirm(
            `review: ${errors
              .slice(0, 5)
              .map(([message, count]) => `${count} × ${message}`)
              .join('; ')}`,
          );
    },
  },
  {
    id: 'logs.crashes',
    title: 'No panic or crash in the logs',
    phases: ['deploy', 'post', 'rollback', 'weekly'],
    lines: ['S187', 'A127'],
    todo: 'Go back if it came with this version; the lines before it say what was done.',
    run: async (context) => {
      const { crashes, lines } = await context.logs();
      return unless(
        [...new Set(crashes)].map((source) => `${source} has crashed`),
        `none in ${lines} lines`,
      );
    },
  },
  {
    id: 'logs.sensitive',
    title: 'No sensitive data in the logs: no secret, no token',
    phases: ['pre', 'post', 'monthly'],
    lines: ['A45', 'A178'],
    todo: 'Remove the lines, change the secret or revoke the token, and find out who logged it.',
    run: async (context) => {
      const { leaks, lines } = await context.logs();
      return unless(
        leaks.map((leak) => `${leak}`),
        `none of the secrets of this host, nor the tokens of this run, in ${lines} lines`,
      );
    },
  },
  {
    id: 'logs.security',
    title: 'Security logs are reviewed, no incident',
    phases: ['monthly'],
    lines: ['A176', 'A238'],
    todo: 'Read the refusals by client and address; docs/operations/incident-response.md says what to do with what you find.',
    run: async (context) => {
      const { refused, requests } = await context.logs();
      return confirm(`${refused} of ${requests.length} requests were refused (401, 403): who has reviewed them?`);
    },
  },
  {
    id: 'tls.log-errors',
    title: 'No TLS errors in the logs',
    phases: ['post', 'weekly'],
    lines: ['S193'],
    todo: 'Look for certificates that a service refuses: tls.chain and tls.names say which; a client may also trust the wrong authority.',
    run: async (context) => {
      const { tlsErrors, lines } = await context.logs();
      return tlsErrors.length === 0
        ? unless([], `none in ${lines} lines`)
        : confirm(`${tlsErrors.length} in ${[...new Set(tlsErrors)].join(', ')}: say whether each is explained`);
    },
  },
  {
    id: 'limits.violations',
    title: 'Rate limit violations are known',
    phases: ['weekly', 'monthly'],
    lines: ['A241'],
    todo: 'Find out which client it is (client_id in the log) and whether its limit fits.',
    run: async (context) => {
      const { rateLimited, requests } = await context.logs();
      return rateLimited === 0
        ? passed(`none of ${requests.length} requests`)
        : confirm(`${rateLimited} of ${requests.length} requests were answered with 429: is the limit right?`);
    },
  },
  {
    id: 'logs.aggregation',
    title: 'Logs are aggregated, and kept as long as your policy says',
    phases: ['pre'],
    lines: ['A44', 'A46'],
    todo: 'Send the logs to your store (Loki by the collector, or the journal), and set its retention.',
    run: ({ subject }) =>
      subject.target === 'dev'
        ? notApplicable('the demo keeps the logs of this start and of the one before')
        : confirm('where do the logs go, and how long are they kept?'),
  },
];
