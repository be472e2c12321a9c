import { secondsLeft, validityOf, type CertificateStore, type Validity } from '@cryptoutil/pki';
import { meter, type Logger } from '@cryptoutil/telemetry';

/** A certificate with less than this left is told of in the log, once a day. */
export const WARN_DAYS = 30;
const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * 1_000;

/**
 * Tells how long the certificates in force are still good: seconds as the gauge `cryptoutil.tls.certificate.seconds_left` for the
 * service's own and each authority it trusts, and in the log below 30 days. Also logs when files changed and are not taken over.
 * Returns the function that ends it; keeps no process alive.
 */
export function watchCertificates(tls: CertificateStore, logger: Logger): () => void {
  const gauge = meter().createObservableGauge('cryptoutil.tls.certificate.seconds_left', {
    unit: 's',
    description: 'Time until a certificate in force ends; negative afterwards',
  });
  const observe: Parameters<typeof gauge.addCallback>[0] = (result) => {
    for (const validity of validityOf(tls.current)) {
      const { kind, subject, serialNumber } = validity;
      result.observe(Math.floor(secondsLeft(validity)), { kind, subject, serial_number: serialNumber });
    }
  };
  gauge.addCallback(observe);
  const warn = () => validityOf(tls.current).forEach((validity) => warnOf(validity, logger));
  warn();
  const daily = setInterval(warn, DAY_MS).unref();
  const endings = [
    tls.onChange(() => {
      const [leaf, ...authorities] = validityOf(tls.current);
      const authoritiesUntil = authorities.map(({ validUntil }) => validUntil);
      logger.info(
        { serial_number: leaf!.serialNumber, valid_until: leaf!.validUntil, authorities_until: authoritiesUntil },
        'new certificates are in force',
      );
      warn();
    }),
    tls.onProblem((problem) => logger.error({ problem }, 'the new certificate is not used')),
  ];
  return () => {
    gauge.removeCallback(observe);
    clearInterval(daily);
    for (const end of endings) end();
  };
}

function warnOf(validity: Validity, logger: Logger): void {
  const days = secondsLeft(validity) / DAY_SECONDS;
  if (days >= WARN_DAYS) return;
  const { kind, subject, validUntil } = validity;
  logger[days < 0 ? 'error' : 'warn'](
    { certificate: kind, subject, valid_until: validUntil, days_left: Math.floor(days) },
    days < 0 ? 'a certificate has expired' : 'a certificate ends soon',
  );
}
