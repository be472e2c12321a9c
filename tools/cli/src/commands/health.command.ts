import { Command } from 'commander';
import { examples } from './examples.js';

/** `cryptoutil health`: for the health check of a container, which has no curl. */
export function healthCommand(): Command {
  return new Command('health')
    .description('Ask a health URL once: exit 0 when it answers 200, else 1.')
    .argument('<url>', 'the URL to ask')
    .option('--ca-file <file>', 'authority to trust (default: CRYPTOUTIL_TLS_CA_FILE)')
    .option('--timeout <ms>', 'longest wait in milliseconds', Number, 3_000)
    .addHelpText(
      'after',
      examples(
        'cryptoutil health https://localhost:8080/health',
        'cryptoutil health https://localhost:9090/admin/v1/readyz',
      ),
    )
    .action(async (url: string, options: { caFile?: string; timeout: number }) => {
      const { checkHealth } = await import('../requests/check-health.js');
      process.exitCode = await checkHealth(url, options);
    });
}
