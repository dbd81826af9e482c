import type { Operations } from './operation.js';

const audience = 'Monitoring and the rest';

export const serviceOperations: Operations = {
  'GET /': {
    audience, summary: 'A page that says where the gateway listens',
    answers: { 200: { about: 'for people', type: 'text/html', schema: { type: 'string' } } },
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
