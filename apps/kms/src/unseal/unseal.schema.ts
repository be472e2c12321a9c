import { z } from 'zod';
import { describeRollback } from '../rollback/rollback-check.js';
import type { Initialization } from './initialize-barrier.js';
import type { SealStatus } from './unseal-barrier.js';

export const initBody = z
  .strictObject({
    shares: z.number().int().min(2).max(255).default(5),
    threshold: z.number().int().min(2).max(255).default(3),
  })
  .refine(({ shares, threshold }) => threshold <= shares, {
    error: 'threshold must not exceed shares',
    path: ['threshold'],
  });

export const initAnswer = z.object({
  share_set: z.string(),
  threshold: z.number().int(),
  shares: z.array(z.string()).describe('Handed out here and never again.'),
});

export const unsealBody = z.strictObject({
  share: z.string().max(256).describe('One share text, kms1-…'),
  nonce: z.string().max(64).optional().describe('Of the round to go on with; refused when that round is over.'),
});

const placeAnswer = z.object({
  epoch: z.number().int().describe('Turns of the barrier.'),
  audit_seq: z.number().int().describe('Events of the audit chain.'),
});

export const sealStatusAnswer = z.object({
  initialized: z.boolean(),
  sealed: z.boolean(),
  share_set: z.string().optional(),
  shares: z.number().int().optional(),
  threshold: z.number().int().optional(),
  progress: z.number().int().describe('Shares received in the present round.'),
  received: z.array(z.number().int()).optional().describe('Their indexes.'),
  nonce: z.string().optional().describe('Of the present round.'),
  expires_at: z.iso.datetime().optional().describe('End of the present round.'),
  seal_reason: z.enum(['rollback', 'intermediate_rotated']).optional().describe('Why this replica sealed itself.'),
  rollback: z
    .object({
      reason: z.enum(['epoch', 'audit', 'fork', 'unreadable']),
      anchored: placeAnswer.optional().describe('What this replica saw last.'),
      found: placeAnswer.describe('What the database is.'),
    })
    .optional()
    .describe('An older database, to be acknowledged before the kms is unsealed.'),
});

export const acknowledgeBody = z.strictObject({
  epoch: z.number().int().min(1).describe('`rollback.found.epoch` of the seal status.'),
  audit_seq: z.number().int().min(0).describe('`rollback.found.audit_seq` of the seal status.'),
});

export const sealAnswer = z.object({ sealed: z.literal(true) });

/** What `init` answers. */
export const describeInitialization = (made: Initialization): z.input<typeof initAnswer> => ({
  share_set: made.shareSet,
  threshold: made.threshold,
  shares: made.shares,
});

/** Where unsealing stands, on the wire. */
export const describeSealStatus = ({
  round,
  shareSet,
  sealReason,
  rollback,
  ...status
}: SealStatus): z.input<typeof sealStatusAnswer> => ({
  ...status,
  ...(shareSet === undefined ? {} : { share_set: shareSet }),
  ...(sealReason === undefined ? {} : { seal_reason: sealReason }),
  ...(rollback === undefined ? {} : { rollback: describeRollback(rollback) }),
  progress: round?.received.length ?? 0,
  ...(round ? { received: round.received, nonce: round.nonce, expires_at: round.expiresAt.toISOString() } : {}),
});
