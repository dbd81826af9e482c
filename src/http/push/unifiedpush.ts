// What UnifiedPush asks of a push server beside Web Push (https://unifiedpush.org/developers/spec/server/).

import type { FastifyInstance } from 'fastify';

import { sendProblem, unknownProblem } from '../problem.js';

/** Whatever the token of an endpoint may be made of. */
const tokenPattern = /^[A-Za-z0-9_-]+$/;

export function addUnifiedPushRoutes(app: FastifyInstance): void {
  // Discovery: senders that asked so know that they may push here. It tells nothing of whether the endpoint is there.
  app.get<{ Params: { readonly token: string } }>('/push/:token', (request, reply) =>
    tokenPattern.test(request.params.token)
      ? reply.send({ unifiedpush: { version: 1 } })
      : sendProblem(reply, unknownProblem('endpoint')));
}
