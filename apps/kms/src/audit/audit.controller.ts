import { Controller, Get, Req, UseInterceptors } from '@nestjs/common';
import { RequireIdentity, ZodQuery, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CurrentCaller, noteOf } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { MayAdminister } from '../access/may.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { AuditChainStore, type StoredEvent } from './audit-chain.store.js';
import { AuditQueue } from './audit-queue.js';
import { peerOf } from './audit-trail.js';
import { SignAuditHead } from './sign-audit-head.js';

const page = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('`seq` of the last event of the page before.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
const text = z.string().min(1).max(600).optional();
const tenantPage = page.extend({
  key_id: z.string().max(64).optional(),
  who: text.describe('`user:… client:…`, `client:…`, `identity:…`, `address:…` or `kms`.'),
  operation: text,
  outcome: z.enum(['success', 'denied', 'failed']).optional(),
  request_id: text,
  from: z.iso.datetime({ offset: true }).optional().describe('Inclusive.'),
  before: z.iso.datetime({ offset: true }).optional().describe('Exclusive.'),
});
const link = { seq: z.number().int(), previous: z.string(), hash: z.string() };
const eventsAnswer = z.object({
  items: z.array(z.object({ ...link, event: z.looseObject({ who: z.string(), operation: z.string() }) })),
  next_after: z.number().int().nullable(),
});
const exportAnswer = z.object({
  items: z.array(z.object({ ...link, event: z.string().describe('Exactly as it was hashed.') })),
  next_after: z.number().int().nullable(),
});
const headAnswer = z.object({
  head: z.object({ seq: z.number().int(), hash: z.string() }),
  signature: z.string().describe('Compact JWS over the head.'),
  keys: z.array(z.looseObject({ kid: z.string() })),
});
const verifyAnswer = headAnswer.extend({
  valid: z.boolean(),
  events: z.number().int().describe('Events that hold.'),
  broken_at: z.number().int().optional(),
});

const linkOf = ({ seq, previous, hash }: StoredEvent) => ({
  seq: Number(seq),
  previous: previous.toString('hex'),
  hash: hash.toString('hex'),
});

/** The audit chain: events of the own tenant for administrators, all of it for operators. */
@ApiTags('audit')
@Controller()
@UseInterceptors(RequireUnsealed)
export class AuditController {
  constructor(
    private readonly store: AuditChainStore,
    private readonly queue: AuditQueue,
    private readonly signing: SignAuditHead,
  ) {}

  @Get(apiPaths('audit'))
  @MayAdminister()
  @ZodResponse(200, eventsAnswer, 'A page of events of the tenant, oldest first')
  async events(@CurrentCaller() caller: Caller, @ZodQuery(tenantPage) query: z.output<typeof tenantPage>) {
    caller.note.operation = 'audit';
    await this.queue.flush();
    const { after, limit, key_id: keyId, request_id: requestId, ...filter } = query;
    const rows = await this.store.page(after, limit, { ...filter, tenant: caller.tenant, keyId, requestId });
    const items = rows.map((row) => ({ ...linkOf(row), event: JSON.parse(row.event) as object }));
    return { items, next_after: nextAfter(rows, query.limit) };
  }

  @Get(apiPaths('audit/verify'))
  @MayAdminister()
  @ZodResponse(200, verifyAnswer, 'Whether the chain is whole, and its signed end')
  async verify(@CurrentCaller() caller: Caller) {
    caller.note.operation = 'audit verify';
    await this.queue.flush();
    const { head, events, brokenAt } = await this.store.verify();
    const { jws, keys } = await this.signing.execute(head);
    return {
      valid: brokenAt === undefined,
      events,
      ...(brokenAt === undefined ? {} : { broken_at: brokenAt }),
      head: { seq: head.sequence, hash: head.hash.toString('hex') },
      signature: jws,
      keys,
    };
  }

  @Get('/admin/v1/audit/head')
  @RequireIdentity('ops')
  @ZodResponse(200, headAnswer, 'The signed end of the chain')
  async head(@Req() request: Request) {
    Object.assign(noteOf(request), { operation: 'audit head', who: peerOf(request) });
    const head = await this.store.head();
    const { jws, keys } = await this.signing.execute(head);
    return { head: { seq: head.sequence, hash: head.hash.toString('hex') }, signature: jws, keys };
  }

  @Get('/admin/v1/audit')
  @RequireIdentity('ops')
  @ZodResponse(200, exportAnswer, 'A page of the whole chain, as `cryptoutil kms audit verify` reads it')
  async all(@Req() request: Request, @ZodQuery(page) query: z.output<typeof page>) {
    Object.assign(noteOf(request), { operation: 'audit export', who: peerOf(request) });
    if (query.after === 0) await this.queue.flush();
    const rows = await this.store.page(query.after, query.limit);
    const items = rows.map((row) => ({ ...linkOf(row), event: row.event }));
    return { items, next_after: nextAfter(rows, query.limit) };
  }
}

const nextAfter = (rows: readonly StoredEvent[], limit: number): number | null =>
  rows.length === limit ? Number(rows.at(-1)?.seq) : null;
