import { describe, expect, it } from '@jest/globals';
import { alterations } from './alterations.fixture.js';
import { front, type Passing } from './front.fixture.js';
import { at, checked, failedOf, type Sabotaged } from './run.fixture.js';

/** What a proxy before a service may do to its answers. */
export const answerSabotages = (given: Sabotaged) =>
  describe('something before a service that alters its answers', () => {
    const altered = async (name: 'rs' | 'authService', alter: (passing: Passing) => unknown) =>
      at(
        given.subject,
        name,
        await front(given.subject, name === 'rs' ? 'rs' : 'authz', given.subject.urls[name], alter),
      );
    const plain = [
      'headers.security',
      'debug.endpoints',
      'swagger.documents',
      'clock.services',
      'refusal.unauthorized',
      'metrics.available',
      'services.health',
    ];
    const withClients = [
      'cors.foreign-origin',
      'refusal.invalid-token',
      'refusal.scope',
      'refusal.malformed-json',
      'limits.headers',
    ];

    it('is looked through when it alters nothing', async () => {
      expect(
        failedOf(
          await checked(await altered('rs', () => undefined), 'post', [...plain, ...withClients, 'load.concurrent']),
        ),
      ).toEqual([]);
    });

    it.each(alterations)('%s: %s', async (_sabotage, id, name, alter) => {
      const related = [plain, withClients].find((group) => group.includes(id)) ?? [id];
      const results = await checked(await altered(name, alter), 'post', related);
      expect(failedOf(results)).toEqual([id]);
      expect(results.find((each) => each.id === id)!.todo).toBeTruthy();
    });
  });
