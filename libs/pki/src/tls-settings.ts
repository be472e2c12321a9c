import { filePath, setting } from '@cryptoutil/config';

/** Section of the three TLS files: the service's certificate chain, its private key and the bundle of internal authorities. */
export function tlsSettings() {
  return {
    certFile: setting({
      variable: 'CRYPTOUTIL_TLS_CERT_FILE',
      schema: filePath,
      description: 'Certificate chain of this service (PEM)',
    }),
    keyFile: setting({
      variable: 'CRYPTOUTIL_TLS_KEY_FILE',
      schema: filePath,
      description: 'Private key of the certificate (PEM, PKCS#8)',
    }),
    caFile: setting({
      variable: 'CRYPTOUTIL_TLS_CA_FILE',
      schema: filePath,
      description: 'Bundle of the internal certificate authorities (PEM)',
    }),
  };
}
