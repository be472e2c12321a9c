import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { BrowserRule } from '../browser/browser-rule.js';
import { RequestQuotas } from '../quotas/request-quotas.js';
import { UnsealBarrier } from '../unseal/unseal-barrier.js';

/** What stands before every operation beside the access to its route, and the record of it. */
@Injectable()
export class CallRules {
  constructor(
    readonly quotas: RequestQuotas,
    readonly browser: BrowserRule,
    readonly unseal: UnsealBarrier,
    readonly trail: AuditTrail,
  ) {}
}
