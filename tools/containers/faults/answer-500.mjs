// Turns every tenth answer into a 500. What a deployment asks before it sends anybody here stays well: only people find out.
import { ServerResponse } from 'node:http';

const EVERY = 10;
const asked = /^\/(health|livez|admin\/v1\/(readyz|livez)|\.well-known\/openid-configuration|ui\/swagger\/)/;
const writeHead = ServerResponse.prototype.writeHead;
let answers = 0;

ServerResponse.prototype.writeHead = function (status, ...rest) {
  if (asked.test(this.req.url)) return writeHead.call(this, status, ...rest);
  answers += 1;
  return writeHead.call(this, answers % EVERY === 0 ? 500 : status, ...rest);
};
