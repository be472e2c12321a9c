import { Injectable } from '@nestjs/common';
import { ProtocolDatabase } from '../storage/protocol-database.js';
import type { Answer } from './answer.js';
import type { InteractionPayload } from './interaction-payload.js';

const claimable = `uid_hash = $1 AND verifier_hash = $2 AND verifier_used_at IS NULL
          AND verifier_expires_at > now() AND expires_at > now()`;
const account = `answer -> 'result' -> 'login' ->> 'accountId'`;

/** SQL of the hand-over to idp. Every claim and every answer is one conditional statement. */
@Injectable()
export class LoginRequestStore {
  constructor(private readonly database: ProtocolDatabase) {}

  async put(uidHash: string, challengeHash: string, payload: InteractionPayload, ttlSeconds: number): Promise<void> {
    await this.database.write(
      `INSERT INTO login_request (uid_hash, challenge_hash, payload, expires_at)
       VALUES ($1, $2, $3, now() + make_interval(secs => $4))
       ON CONFLICT (uid_hash) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`,
      [uidHash, challengeHash, JSON.stringify(payload), ttlSeconds],
    );
  }

  /** The interaction, for the library; only after its verifier was claimed does it carry a result. */
  async find(uidHash: string): Promise<InteractionPayload | undefined> {
    const taken = this.database.taken?.get(uidHash) as InteractionPayload | undefined;
    if (taken) return taken;
    const rows = await this.database.read<{ payload: InteractionPayload }>(
      'SELECT payload FROM login_request WHERE uid_hash = $1 AND expires_at > now()',
      [uidHash],
    );
    return rows[0]?.payload;
  }

  /** What idp asked for by its challenge; none once the answer was given away as a verifier. */
  async findByChallenge(
    challengeHash: string,
  ): Promise<{ payload: InteractionPayload; answer: Answer | null } | undefined> {
    const rows = await this.database.read<{ payload: InteractionPayload; answer: Answer | null }>(
      `SELECT payload, answer FROM login_request
        WHERE challenge_hash = $1 AND verifier_hash IS NULL AND expires_at > now()`,
      [challengeHash],
    );
    return rows[0];
  }

  /** Remembers a login while consent is still to be asked. False when the request has been answered meanwhile. */
  async remember(challengeHash: string, answer: Answer): Promise<boolean> {
    const rows = await this.database.write(
      `UPDATE login_request SET answer = $2
        WHERE challenge_hash = $1 AND verifier_hash IS NULL AND expires_at > now() RETURNING 1`,
      [challengeHash, JSON.stringify(answer)],
    );
    return rows.length === 1;
  }

  /** Closes the request with its answer and the hash of the verifier that will release it. */
  async answer(
    challengeHash: string,
    answer: Answer,
    verifierHash: string,
    verifierTtlSeconds: number,
  ): Promise<boolean> {
    const rows = await this.database.write(
      `UPDATE login_request
          SET answer = $2, verifier_hash = $3, verifier_expires_at = now() + make_interval(secs => $4)
        WHERE challenge_hash = $1 AND verifier_hash IS NULL AND expires_at > now() RETURNING 1`,
      [challengeHash, JSON.stringify(answer), verifierHash, verifierTtlSeconds],
    );
    return rows.length === 1;
  }

  /**
   * Claims a verifier once. The request leaves the database with it and lives on in memory, for the library to read while
   * this HTTP request is handled. Only when somebody else than `currentAccount` signed in it stays, with its result, since
   * the library then comes back once more after ending the other session. Undefined: wrong, used or expired.
   */
  async claim(uidHash: string, verifierHash: string, currentAccount?: string): Promise<Answer | undefined> {
    const [left] = await this.database.write<{ payload: InteractionPayload; answer: Answer }>(
      `DELETE FROM login_request
        WHERE ${claimable} AND ($3::text IS NULL OR coalesce(${account} = $3, true))
        RETURNING payload, answer`,
      [uidHash, verifierHash, currentAccount ?? null],
    );
    if (left) {
      this.database.taken?.set(uidHash, { ...left.payload, result: left.answer.result });
      return left.answer;
    }
    const [kept] = await this.database.write<{ answer: Answer }>(
      `UPDATE login_request
          SET verifier_used_at = now(), payload = jsonb_set(payload, '{result}', answer -> 'result')
        WHERE ${claimable} RETURNING answer`,
      [uidHash, verifierHash],
    );
    return kept?.answer;
  }

  /** Ends the request a verifier belongs to, with its answer. */
  async burn(uidHash: string, verifierHash: string): Promise<void> {
    await this.database.write('DELETE FROM login_request WHERE uid_hash = $1 AND verifier_hash = $2', [
      uidHash,
      verifierHash,
    ]);
  }

  /** True when the verifier of this interaction has been claimed, so that its browser may go on with the result. */
  async isClaimed(uidHash: string): Promise<boolean> {
    const rows = await this.database.read(
      'SELECT 1 FROM login_request WHERE uid_hash = $1 AND verifier_used_at IS NOT NULL AND expires_at > now()',
      [uidHash],
    );
    return rows.length === 1;
  }

  async remove(uidHash: string): Promise<void> {
    if (this.database.taken?.delete(uidHash)) return;
    await this.database.write('DELETE FROM login_request WHERE uid_hash = $1', [uidHash]);
  }
}
