import { pagePaths } from '../pages.js';
import type { Operation, Operations } from './operation.js';

const audience = 'Monitoring and the rest';

export const serviceOperations: Operations = {
  ...Object.fromEntries(pagePaths.map((path) => [`GET ${path}`, {
    audience, ...(path.endsWith('/:id') && { path: { id: { about: 'the authorization', required: true } } }), summary: path === '/' ? 'The pages for users' : 'One of the pages for users',
    answers: { 200: { about: 'for people', type: 'text/html', schema: { type: 'string' } } },
  } satisfies Operation])),
  'GET /assets/:file': {
    audience, summary: 'A script or style of the pages', path: { file: { about: 'as a page names it', required: true } },
    answers: { 200: { about: 'may be kept for good', type: 'text/javascript', schema: { type: 'string' } } }, problems: { 404: ['not-found'] },
  },
  'GET /healthz': {
    audience, summary: 'Whether the process lives',
    answers: { 200: { about: 'it does', schema: { const: { status: 'ok' } } } },
  },
  'GET /readyz': {
    audience, summary: 'Whether it should get traffic',
    answers: {
      200: { about: 'it should', schema: { type: 'object', required: ['status', 'reasons'], properties: { status: { const: 'ready' }, reasons: { type: 'array' } } } },
      503: {
        about: 'it should not, for these reasons',
        schema: {
          type: 'object', required: ['status', 'reasons'],
          properties: { status: { const: 'not-ready' }, reasons: { type: 'array', items: { type: 'string' } } },
        },
      },
    },
  },
  'GET /metrics': {
    audience, summary: 'Counters and gauges for Prometheus',
    answers: { 200: { about: 'its text format', type: 'text/plain', schema: { type: 'string' } } },
  },
  'GET /openapi.json': {
    audience, summary: 'This document',
    answers: { 200: { about: 'OpenAPI 3.1', schema: { type: 'object' } } },
  },
};
