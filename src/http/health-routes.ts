import type { FastifyInstance } from 'fastify';

import type { Operations } from '../gateway/operations.js';
import type { Exposition } from './metrics.js';

export interface HealthOptions {
  readonly operations: Operations;
  readonly scrape: () => Promise<Exposition>;
}

export function addHealthRoutes(app: FastifyInstance, options: HealthOptions): void {
  // The process lives and its event loop turns; says nothing about whether it can do its work.
  app.get('/healthz', () => ({ status: 'ok' }));

  app.get('/readyz', (_request, reply) => {
    const reasons = options.operations.unready();
    return reply.code(reasons.length === 0 ? 200 : 503).send({
      status: reasons.length === 0 ? 'ready' : 'not-ready',
      reasons,
    });
  });

  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await options.scrape();
    return reply.type(contentType).send(text);
  });
}
