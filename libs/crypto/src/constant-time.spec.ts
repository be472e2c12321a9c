import { describe, expect, test } from '@jest/globals';
import { constantTimeEqual } from './constant-time.js';

describe('constantTimeEqual', () => {
  test('is true for equal text and bytes, in any mixture', () => {
    expect(constantTimeEqual('grün', 'grün')).toBe(true);
    expect(constantTimeEqual('grün', Buffer.from('grün'))).toBe(true);
    expect(constantTimeEqual('', new Uint8Array())).toBe(true);
  });

  test('is false for other content and for other lengths, without throwing', () => {
    expect(constantTimeEqual('secret', 'secreT')).toBe(false);
    expect(constantTimeEqual('secret', 'secret ')).toBe(false);
    expect(constantTimeEqual('secret', '')).toBe(false);
  });
});
