import { Command, InvalidArgumentError } from 'commander';
import type { HealthQuestion } from '../requests/check-health.js';
import { examples } from './examples.js';

/** `cryptoutil health`: for the health check of a container, which has no curl. */
export function healthCommand(): Command {
  return new Command('health')
    .description('Ask health URLs: exit 0 when each answers 200, else 1.')
    .argument('<url...>', 'the URLs to ask')
    .option('--ca-file <file>', 'authority to trust (default: CRYPTOUTIL_TLS_CA_FILE)')
    .option('--timeout <ms>', 'longest wait in milliseconds', Number, 3_000)
    .option('--times <n>', 'ask each so often, within 5 s: makes a new process warm before people come', times, 1)
    .addHelpText(
      'after',
      examples(
        'cryptoutil health https://localhost:8080/health',
        'cryptoutil health https://localhost:9090/admin/v1/readyz',
        'cryptoutil health https://localhost:8080/health https://localhost:8080/oauth2/v1/jwks --times 100',
      ),
    )
    .action(async (urls: string[], options: HealthQuestion) => {
      const { checkHealth } = await import('../requests/check-health.js');
      process.exitCode = await checkHealth(urls, options);
    });
}

function times(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a number from 1 to 9999.');
}
