// What is told of one route: the table that the OpenAPI document and docs/http.md are made from.

import type { FastifySchema } from 'fastify';
import { z } from 'zod';

import { limits } from '../../core/limits.js';
import type { Problem } from '../problem.js';

/** Who asks. Sections of docs/http.md, in this order. */
export const audiences = ['Senders of Web Push', 'App servers', 'Devices', 'Pages', 'Operator', 'Monitoring and the rest'] as const;
export type Audience = (typeof audiences)[number];

/** How a request says whose it is. */
export type Security = 'appSecret' | 'deviceToken' | 'adminToken' | 'vapid' | 'session';

/** JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly about: string;
  readonly schema?: JsonSchema;
  readonly required?: boolean;
}

export interface Body {
  readonly type: string;
  readonly about: string;
  readonly schema?: JsonSchema;
  readonly required?: boolean;
}

export interface Answer {
  readonly about: string;
  /** Media type of the body; JSON if a schema is given without one. */
  readonly type?: string;
  readonly schema?: JsonSchema;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Operation {
  readonly audience: Audience;
  readonly summary: string;
  readonly about?: string;
  readonly security?: Security;
  /** The request may come without it. */
  readonly securityOptional?: true;
  readonly path?: Readonly<Record<string, Parameter>>;
  readonly query?: Readonly<Record<string, Parameter>>;
  readonly headers?: Readonly<Record<string, Parameter>>;
  readonly body?: Body;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Codes of docs/errors.md that it may answer, by status. */
  readonly problems?: Readonly<Record<number, readonly Problem['code'][]>>;
}

/** By `METHOD /path/:parameter`, as the route is added. */
export type Operations = Readonly<Record<string, Operation>>;

/** Of each route that asks the store. */
export const trouble = ['store-busy', 'store-unavailable', 'stopping'] as const;

/** Of a list that comes in pages. */
export const page: Readonly<Record<string, Parameter>> = {
  after: { about: 'the `next` of the page before' },
  limit: { about: 'items on a page', schema: { type: 'integer', minimum: 1, maximum: limits.pageItems } },
};

export function bodyOf(schema: z.ZodType): Body {
  return { type: 'application/json', about: '', schema: z.toJSONSchema(schema, { io: 'input' }) };
}

export function object(about: string, ...names: readonly string[]): Answer {
  return { about, schema: objectOf(names) };
}

export function objectOf(names: readonly string[]): JsonSchema {
  return { type: 'object', required: names, properties: Object.fromEntries(names.map((name) => [name, {}])) };
}

/** As @fastify/swagger takes it. */
export function schemaOf(operation: Operation): FastifySchema {
  const { audience, summary, about, security, securityOptional, path, query, headers, body } = operation;
  return {
    tags: [audience],
    summary,
    ...(about !== undefined && { description: about }),
    ...(security !== undefined && { security: [{ [security]: [] }, ...(securityOptional ? [{}] : [])] }),
    ...(path && { params: parameters(path) }),
    ...(query && { querystring: parameters(query) }),
    ...(headers && { headers: parameters(headers) }),
    ...(body && { consumes: [body.type], body: { description: body.about, ...(body.schema ?? { type: 'string' }) } }),
    response: { ...answersOf(operation), ...problemsOf(operation) },
  };
}

function parameters(all: Readonly<Record<string, Parameter>>): JsonSchema {
  const entries = Object.entries(all);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, { about, schema }]) => [name, { ...(schema ?? { type: 'string' }), description: about }])),
    required: entries.filter(([, { required }]) => required === true).map(([name]) => name),
  };
}

function answersOf({ answers }: Operation): Record<string, unknown> {
  return Object.fromEntries(Object.entries(answers).map(([status, { about, type = 'application/json', schema, headers }]) => [status, {
    description: about,
    ...(headers && {
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, { type: 'string', description: text }])),
    }),
    ...(schema === undefined ? { type: 'null' } : { content: { [type]: { schema } } }),
  }]));
}

function problemsOf({ problems = {} }: Operation): Record<string, unknown> {
  return Object.fromEntries(Object.entries(problems).map(([status, codes]) => [status, {
    description: codes.join(', '),
    content: { 'application/problem+json': { schema: { allOf: [{ $ref: 'Problem#' }, { properties: { code: { enum: codes } } }] } } },
  }]));
}

export const problemSchema = {
  $id: 'Problem',
  type: 'object',
  description: 'A refusal (RFC 9457). `code` is stable; what it means stands in docs/errors.md.',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', description: 'urn:lowbeat:error: and the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string', description: 'what was wrong and what would be right; for people, and may change' },
    errors: {
      type: 'array',
      description: 'of a bad-request: each key that was wrong',
      items: {
        type: 'object',
        properties: { key: { type: 'string' }, value: { type: 'string' }, allowed: { type: 'string' } },
      },
    },
  },
} as const;
