import { httpsBaseUrl, port as portSchema, setting } from '@cryptoutil/config';
import { z } from 'zod';

/** Where a service listens and how the outside reaches it. */
export interface HttpSettings {
  listenHost: string;
  /** 0: a free port, for tests. */
  listenPort: number;
  /** Base URL without trailing slash. Links and audiences come from here, never from a Host header. */
  publicUrl: string;
  /** The revision that runs, when the build told. */
  commit?: string | undefined;
}

/** The settings of the listener; `port` is the service's own default. */
export const httpSettings = ({ port }: { port: number }) => ({
  listenHost: setting({
    variable: 'CRYPTOUTIL_LISTEN_HOST',
    description: 'Address to listen on',
    schema: z.string().min(1),
    default: '127.0.0.1',
  }),
  listenPort: setting({
    variable: 'CRYPTOUTIL_LISTEN_PORT',
    description: 'Port to listen on',
    schema: portSchema,
    default: port,
  }),
  publicUrl: setting({
    variable: 'CRYPTOUTIL_PUBLIC_URL',
    description: 'Base URL by which clients reach this service',
    schema: httpsBaseUrl,
    defaultFrom: (other) => `https://localhost:${String(other('CRYPTOUTIL_LISTEN_PORT'))}`,
    defaultText: 'https://localhost:<port>',
  }),
  commit: setting({
    variable: 'CRYPTOUTIL_COMMIT',
    description: 'Revision of the source that was built, shown by the health route',
    schema: z
      .string()
      .regex(/^[0-9a-f]{7,64}$/, 'a Git commit id is expected')
      .optional(),
  }),
});
