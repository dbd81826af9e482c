// What a browser needs to know before it can be added as a device without a link: whose pushes its push service is to take.

import type { FastifyInstance } from 'fastify';

export interface ApplicationServerKeyOptions {
  readonly applicationServerKey?: () => Promise<Uint8Array>;
}

export function addApplicationServerKeyRoute(app: FastifyInstance, { applicationServerKey }: ApplicationServerKeyOptions): void {
  if (applicationServerKey === undefined) return;
  // As `pushManager.subscribe` takes it.
  app.get('/application-server-key', async (_request, reply) =>
    reply.send({ applicationServerKey: Buffer.from(await applicationServerKey()).toString('base64url') }));
}
