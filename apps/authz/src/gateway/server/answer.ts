import type { TokenType } from '../tokens/token-codec.js';

/** The error codes of the contract, and `not_found` for paths that it does not have. */
export type ErrorCode =
  | 'invalid_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'internal_server_error'
  | 'rate_limit_exceeded'
  | 'service_unavailable';

/** What a route answers. The listener adds the headers that every answer has. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
  /** Of an error: the body is made of it and of the request's id. */
  readonly error?: { readonly code: ErrorCode; readonly description: string };
  /** The label of the error counters. */
  readonly errorType?: string;
  readonly clientId?: string;
  /** Of what type the token was that was presented; the label `token` of the error counters. */
  readonly token?: TokenType;
  /** The rest of the request is not wanted: HTTP/1 connections end. */
  readonly close?: boolean;
}

export const json = (value: object, clientId?: string): Answer => ({
  status: 200,
  body: JSON.stringify(value),
  clientId,
});

export const text = (body: string): Answer => ({ status: 200, body, contentType: 'text/plain; charset=utf-8' });

/** An error of the contract. `errorType` is the label of the error counters. */
export const refusal = (
  status: number,
  code: ErrorCode,
  description: string,
  errorType?: string,
  headers?: readonly string[],
): Answer => ({ status, body: '', error: { code, description }, errorType, headers });

export const badRequest = (description: string, errorType?: string): Answer =>
  refusal(400, 'invalid_request', description, errorType);
/** Of a body that cannot be read. */
export const invalidJson = (): Answer => badRequest('Invalid JSON format', 'decode_error');
export const unauthorized = (description: string, errorType?: string): Answer =>
  refusal(401, 'unauthorized', description, errorType);
export const notFound = (): Answer => refusal(404, 'not_found', 'Not found');
export const unavailable = (): Answer =>
  refusal(503, 'service_unavailable', 'Service temporarily unavailable. Please try again later.', 'unavailable', [
    'Retry-After',
    '1',
  ]);
export const internalError = (): Answer =>
  refusal(500, 'internal_server_error', 'Internal server error', 'internal_error');

/** The body of an error. */
export function errorBody({ code, description }: NonNullable<Answer['error']>, requestId: string): string {
  return JSON.stringify({ error: code, error_description: description, request_id: requestId });
}
