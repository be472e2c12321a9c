import { describe, expect, it } from '@jest/globals';
import { decodedId, operationPath } from './operation-path.js';

const encrypt = { browser: false, id: 'x', name: 'encrypt', batch: false };

describe('the path of an operation', () => {
  it.each<[string, object]>([
    ['/service/api/v1/elastic-keys/x/encrypt', encrypt],
    ['/service/api/v1/elastic-keys/x/encrypt/', encrypt],
    ['/service/api/v1/elastic-keys/x/encrypt?a=b', encrypt],
    ['/SERVICE/Api/V1/Elastic-Keys/x/Encrypt', encrypt],
    ['https://kms.example:9090/service/api/v1/elastic-keys/x/encrypt', encrypt],
    ['/service/api/v1/elastic-keys/x/encrypt:batch', { ...encrypt, batch: true }],
    [
      '/Browser/api/v1/elastic-keys/alias:a%2Fb/mac-verify',
      { browser: true, id: 'alias:a%2Fb', name: 'mac-verify', batch: false },
    ],
  ])('is read from %s', (target, path) => {
    expect(operationPath(target)).toEqual(path);
  });

  it.each([
    ...['/', '*', '', 'kms.example:9090', '/service/api/v1/elastic-keys', '/service/api/v1/elastic-keys/x'],
    ...[
      '/service/api/v1/elastic-keys//encrypt',
      '/service/api/v1/elastic-keys/x/encrypt//',
      '/x/service/api/v1/elastic-keys/x/encrypt',
    ],
    ...[
      '/service/api/v1/elastic-keys/x/encrypt%3Abatch',
      '/service/api/v1/elastic-keys/x/y/encrypt',
      '/admin/api/v1/elastic-keys/x/encrypt',
    ],
  ])('is not %j', (target) => {
    expect(operationPath(target)).toBeUndefined();
  });

  it('names the key percent-encoded or not, and never with NUL', () => {
    expect([decodedId('x'), decodedId('alias%3Aa')]).toEqual(['x', 'alias:a']);
    for (const wrong of ['%', '%zz', '%ff', '%00']) expect(() => decodedId(wrong)).toThrow('id: must be well-formed');
  });
});
