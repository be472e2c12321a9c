import { setting } from '@cryptoutil/config';
import { z } from 'zod';

const isIssuer = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' && !url.username && !url.password && !/[?#\s]/.test(text);
};

/** Settings of a service that accepts access tokens: `issuer`, the https URL of the authorization server, byte-exact as in its metadata (RFC 8414 §2). */
export const oauthSettings = () => ({
  issuer: setting({
    variable: 'CRYPTOUTIL_ISSUER',
    schema: z.string().refine(isIssuer, 'must be an https URL without credentials, query or fragment'),
    description: 'Issuer identifier of the authorization server whose access tokens are accepted',
    default: 'https://localhost:8080',
  }),
});
