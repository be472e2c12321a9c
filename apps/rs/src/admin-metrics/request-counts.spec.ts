import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { Request, Response } from 'express';
import { RequestCounts } from './request-counts.js';

const answer = (counts: RequestCounts, request: object, statusCode: number, event = 'finish') => {
  const response = Object.assign(new EventEmitter(), { statusCode });
  let passedOn = 0;
  counts.middleware(request as Request, response as unknown as Response, () => (passedOn += 1));
  response.emit(event);
  return passedOn;
};

describe('RequestCounts', () => {
  test('counts answers by method, route pattern and status', () => {
    const counts = new RequestCounts();
    const one = { method: 'GET', route: { path: '/things/:id' } };
    expect(answer(counts, one, 200)).toBe(1);
    answer(counts, one, 200);
    answer(counts, one, 404);
    answer(counts, { method: 'POST', route: { path: '/things' } }, 201);
    expect(counts.total).toBe(4);
    expect(counts.all()).toEqual([
      { method: 'POST', route: '/things', status: 201, count: 1 },
      { method: 'GET', route: '/things/:id', status: 200, count: 2 },
      { method: 'GET', route: '/things/:id', status: 404, count: 1 },
    ]);
  });

  test('what clients invent makes no rows: unknown paths and methods are one each', () => {
    const counts = new RequestCounts();
    for (let i = 0; i < 100; i++) answer(counts, { method: `M${i}`, url: `/invented/${i}` }, 404);
    expect(counts.all()).toEqual([{ method: 'other', route: 'unmatched', status: 404, count: 100 }]);
  });

  test('a request whose answer was never sent is not counted', () => {
    const counts = new RequestCounts();
    answer(counts, { method: 'GET' }, 200, 'close');
    expect(counts.total).toBe(0);
  });
});
