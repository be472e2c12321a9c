import { describe, expect, it } from '@jest/globals';
import { CannotExecuteNotConnectedError, EntityMetadataNotFoundError, QueryFailedError, TypeORMError } from 'typeorm';
import { isDatabaseUnavailable } from './unavailable.js';

const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code });
const failedQuery = (driverError: Error) => new QueryFailedError('SELECT 1', [], driverError);

describe('isDatabaseUnavailable', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN'])(
    'is true for the network error %s',
    (code) => {
      expect(isDatabaseUnavailable(withCode(code))).toBe(true);
      expect(isDatabaseUnavailable(failedQuery(withCode(code)))).toBe(true);
    },
  );

  it.each(['57P01', '57P02', '57P03', '08000', '08003', '08006', '08P01', '53300', '25006', '42P01', '3F000'])(
    'is true for SQLSTATE %s',
    (code) => {
      expect(isDatabaseUnavailable(failedQuery(withCode(code)))).toBe(true);
    },
  );

  it.each(['42601', '42703', '23505', '40001', '57014', '28P01', '0800', 'x08006'])(
    'is false for SQLSTATE %s',
    (code) => {
      expect(isDatabaseUnavailable(failedQuery(withCode(code)))).toBe(false);
    },
  );

  it.each([
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
    new TypeORMError('Driver not Connected'),
    new CannotExecuteNotConnectedError(),
  ])('is true for what the driver and TypeORM say without a code: %s', (error) => {
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('looks through causes and through the attempts of a connection by several addresses', () => {
    expect(isDatabaseUnavailable(new Error('store failed', { cause: withCode('ECONNREFUSED') }))).toBe(true);
    expect(isDatabaseUnavailable(new AggregateError([withCode('EOTHER'), withCode('ECONNREFUSED')]))).toBe(true);
  });

  it('is false for faults of the program', () => {
    expect(isDatabaseUnavailable(new EntityMetadataNotFoundError('Note'))).toBe(false);
    expect(isDatabaseUnavailable(new TypeError('x is not a function'))).toBe(false);
    for (const value of [undefined, null, 'ECONNREFUSED', 57, { code: 'ECONNREFUSED' }])
      expect(isDatabaseUnavailable(value)).toBe(false);
  });

  it('ends on causes that go round in a circle', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});
