import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { RequireScope } from './declarations.js';
import { FailedAuthentications } from './failed-authentications.js';

class Routes {
  undeclared(): void {}

  @RequireScope('read:resource')
  scoped(): void {}
}

const context = (handler: () => void) =>
  ({
    getHandler: () => handler,
    getClass: () => Routes,
    switchToHttp: () => ({
      getRequest: () => ({ headers: { authorization: 'Bearer abc' }, rawHeaders: [], socket: {} }),
    }),
  }) as unknown as ExecutionContext;

describe('AccessGuard', () => {
  const guard = new AccessGuard(new Reflector(), new FailedAuthentications({ perSecond: 1, burst: 1 }));
  const { undeclared, scoped } = Routes.prototype;

  it('refuses a route that declares nothing, should one get past the check at the start', async () => {
    await expect(guard.canActivate(context(undeclared))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('lets nobody in where a scope is asked for and nothing can verify tokens', async () => {
    await expect(guard.canActivate(context(scoped))).rejects.toThrow('no verifier');
  });
});
