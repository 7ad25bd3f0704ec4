import { NotFoundError } from '@exact/sdk/contract';
import { describe, expect, it } from 'vitest';
import { knownError } from './problem.ts';

const coded = (code: string): Error => Object.assign(new Error('no matter'), { code });

describe('knownError', () => {
  it.each([
    ['a server that is shutting down', coded('57P01')],
    ['a server that is still starting', coded('57P03')],
    ['no server', coded('ECONNREFUSED')],
    ['no socket of a server', coded('ENOENT')],
    ['too many connections', coded('53300')],
    ['a connection lost during a query', new Error('Connection terminated unexpectedly')],
    [
      'a query on a connection lost before',
      new Error('Client has encountered a connection error and is not queryable'),
    ],
    ['a query on a closed connection', new Error('Client was closed and is not queryable')],
    ['a pool that cannot connect in time', new Error('timeout exceeded when trying to connect')],
  ])('takes %s for a database that is away', (_, error) => {
    expect(knownError(error)).toMatchObject({ code: 'UNAVAILABLE', status: 503, cause: error });
  });

  it('passes errors of the platform on, and knows no others', () => {
    const error = new NotFoundError({ what: 'image' });
    expect(knownError(error)).toBe(error);
    for (const unknown of [coded('42601'), new TypeError('x is not a function'), undefined, 'text'])
      expect(knownError(unknown)).toBeUndefined();
  });
});
