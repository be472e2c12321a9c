import { z } from 'zod';
import type { RekeyProgress } from './rekey-round.js';
import type { RekeyStep } from './rekey.js';

export const rekeyBody = z
  .strictObject({
    shares: z.number().int().min(2).max(255).optional().describe('Default: as many as there are now.'),
    threshold: z.number().int().min(2).max(255).optional().describe('Default: as many as are needed now.'),
  })
  .refine(({ shares, threshold }) => shares === undefined || threshold === undefined || threshold <= shares, {
    error: 'threshold must not exceed shares',
    path: ['threshold'],
  });

export const givenShareBody = z.strictObject({
  share: z.string().max(256).describe('One share text, kms1-…'),
  nonce: z.string().max(64).describe('Of the round.'),
});

export const cancelBody = z.strictObject({
  nonce: z.string().max(64).optional().describe('Of the round; refused when another one is open.'),
});

export const rekeyStatusAnswer = z.object({
  in_progress: z.boolean(),
  turns: z.enum(['shares', 'intermediate']).optional().describe('What the round turns.'),
  phase: z
    .enum(['authorize', 'verify'])
    .optional()
    .describe('authorize: a quorum of the shares in use is wanted; verify: each of the new ones.'),
  nonce: z.string().optional(),
  share_set: z.string().optional().describe('Whose shares are wanted now.'),
  required: z.number().int().optional().describe('How many of them.'),
  received: z.array(z.number().int()).optional().describe('Their indexes so far.'),
  shares: z.number().int().optional().describe('Of the new set.'),
  threshold: z.number().int().optional().describe('Of the new set.'),
  expires_at: z.iso.datetime().optional(),
});

export const rekeyStepAnswer = rekeyStatusAnswer.extend({
  completed: z.boolean().describe('The turn is committed.'),
  new_shares: z
    .array(z.string())
    .optional()
    .describe('Handed out here and never again; in use when each was verified.'),
});

/** Where a round stands, on the wire. */
export const describeRekey = (progress: RekeyProgress | undefined): z.input<typeof rekeyStatusAnswer> =>
  progress === undefined
    ? { in_progress: false }
    : {
        in_progress: true,
        turns: progress.turn.turns,
        phase: progress.phase,
        nonce: progress.nonce,
        share_set: progress.set.set,
        required: progress.required,
        received: progress.received,
        ...(progress.turn.turns === 'shares'
          ? { shares: progress.turn.shares, threshold: progress.turn.threshold }
          : {}),
        expires_at: progress.expiresAt.toISOString(),
      };

/** What a share did, on the wire. */
export const describeStep = ({ progress, newShares }: RekeyStep): z.input<typeof rekeyStepAnswer> => ({
  ...describeRekey(progress),
  completed: progress === undefined,
  ...(newShares ? { new_shares: newShares } : {}),
});
