import { unavailable } from '@cryptoutil/http';
import { Injectable } from '@nestjs/common';
import type Provider from 'oidc-provider';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SigningKeys } from '../signing-keys/signing-keys.js';
import { BuildProvider } from './build-provider.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/**
 * The provider in use. When the signing keys change a new one is built and swapped in; requests that are under way finish
 * on the one they began with, so a rotation needs no restart.
 */
@Injectable()
export class ProviderHolder {
  private current: { provider: Provider; handle: Handler } | undefined;

  constructor(
    private readonly keys: SigningKeys,
    private readonly buildProvider: BuildProvider,
  ) {
    this.keys.on('changed', () => this.rebuild());
  }

  /** @throws Problem 503 while no signing key has ever been seen. */
  require(): Provider {
    return this.requireCurrent().provider;
  }

  /** Answers one request of the protocol. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.requireCurrent().handle(request, response);
  }

  private requireCurrent() {
    if (this.current) return this.current;
    throw unavailable('The signing keys are not available yet.');
  }

  private rebuild(): void {
    const keys = this.keys.keys();
    if (keys.length === 0) return;
    const provider = this.buildProvider.build(keys);
    this.current = { provider, handle: provider.callback() };
  }
}
