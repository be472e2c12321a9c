import type { Logger } from '@cryptoutil/telemetry';
import { Injectable } from '@nestjs/common';
import type { Adapter } from 'oidc-provider';
import { ClientAdapter } from '../clients/client-adapter.js';
import { ClientStore } from '../clients/client.store.js';
import { HandOverHash } from '../interaction/hand-over-hash.js';
import { InteractionAdapter } from '../interaction/interaction-adapter.js';
import { LoginRequestStore } from '../interaction/login-request.store.js';
import { ArtifactHash } from './artifact-hash.js';
import { ArtifactStore } from './artifact.store.js';
import { ProtocolAdapter } from './protocol-adapter.js';
import { ProtocolDatabase } from './protocol-database.js';

/** oidc-provider's storage, model by model. */
@Injectable()
export class ProtocolAdapters {
  constructor(
    readonly hash: ArtifactHash,
    private readonly handOverHash: HandOverHash,
    private readonly database: ProtocolDatabase,
    private readonly logger: Logger,
  ) {}

  for(model: string): Adapter {
    if (model === 'Client') return new ClientAdapter(new ClientStore(this.database));
    if (model === 'Interaction') return new InteractionAdapter(new LoginRequestStore(this.database), this.handOverHash);
    return new ProtocolAdapter(model, new ArtifactStore(this.database), this.hash, this.database, (replayed) =>
      this.logger.warn(
        { event: 'token_replayed', ...replayed },
        'a single-use token was presented again; its grant is revoked',
      ),
    );
  }
}
