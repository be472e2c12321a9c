import { Inject, Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD, ModulesContainer } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { declaredRoutes } from './declared-routes.js';
import { TOKEN_VERIFIER, type TokenVerifier } from './token-verifier.js';

const VERIFIES_TOKENS = Symbol('VerifiesTokens');

export interface AccessModuleOptions {
  /** Needed as soon as one route requires a scope. */
  verifier?: TokenVerifier;
}

/**
 * Denies by default: puts the guard before every route of the application, and stops the start when a route does not say who may call
 * it, or asks for a scope while nothing verifies tokens.
 */
@Module({})
export class AccessModule implements OnModuleInit {
  constructor(
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(VERIFIES_TOKENS) private readonly verifiesTokens: boolean,
  ) {}

  static forRoot(options: AccessModuleOptions = {}): DynamicModule {
    return {
      module: AccessModule,
      global: true,
      providers: [
        ...(options.verifier ? [{ provide: TOKEN_VERIFIER, useValue: options.verifier }] : []),
        { provide: VERIFIES_TOKENS, useValue: options.verifier !== undefined },
        AccessGuard,
        { provide: APP_GUARD, useExisting: AccessGuard },
      ],
      exports: [AccessGuard],
    };
  }

  onModuleInit(): void {
    const problems = declaredRoutes(this.modules).flatMap(({ route, access }) => {
      if (!access) return [`${route} does not declare who may call it`];
      const needsVerifier = access.kind === 'token' || access.kind === 'scope' || access.kind === 'scope-or-identity';
      return needsVerifier && !this.verifiesTokens
        ? [`${route} requires a scope, but AccessModule has no verifier`]
        : [];
    });
    if (problems.length > 0) throw new Error(`Access is not declared completely: ${problems.join('; ')}.`);
  }
}
