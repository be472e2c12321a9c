export {
  createAuthority,
  issueCertificate,
  type AuthorityOptions,
  type CertificateRequest,
  type IssuedCertificate,
} from './authority.js';
export { CertificateStore, type ReloadOutcome } from './certificate-store.js';
export { certificatesOf, issuerOf } from './certificates.js';
export { certificateIdentity, identityUri, isIdentityName, peerIdentity } from './identity.js';
export { mtlsAgent, type MtlsAgentOptions } from './mtls-agent.js';
export { followCertificateChanges, serverTlsOptions } from './server-tls.js';
export { subjectAlternativeNames, type SubjectAlternativeName } from './subject-alternative-names.js';
export { type TlsFiles, type TlsMaterial } from './tls-material.js';
export { tlsSettings } from './tls-settings.js';
export { secondsLeft, validityOf, type Validity } from './validity.js';
