// What users do in the pages who may do what the operator may.

import type { FastifyInstance } from 'fastify';

import type { Operations } from '../../gateway/operations.js';
import { limits } from '../../core/limits.js';
import { adminSchemas, checked } from '../admin-routes.js';
import type { Clock } from '../../ports/clock.js';
import type { Deadlines } from '../../gateway/timer-wheel.js';
import type { Accounts } from '../account/accounts.js';
import { streamed } from '../event-stream.js';
import type { GatewayFigures } from '../metrics.js';
import { sendProblem } from '../problem.js';
import type { Problem } from '../problem.js';
import { given } from '../validation.js';
import { invitationAnswer } from './invitation-answer.js';
import { OperatorEvents } from './operator-events.js';
import { answering } from './requests.js';
import type { SignedInOf } from './requests.js';
import { consoleSchemas as schemas } from './schemas.js';

export interface OperatorRoutesOptions {
  readonly accounts: Accounts;
  readonly operations: Operations;
  readonly version: string;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Absent: no rates are told. */
  readonly figures?: () => Promise<GatewayFigures>;
  /** Where the gateway listens. */
  readonly listening: () => readonly { readonly name: string; readonly url: string }[];
}

const tooManyStreams: Problem = { status: 429, code: 'too-many-readers', detail: 'too many pages of operators are open; close some', retryAfterSeconds: 60 };
const notOperator: Problem = { status: 403, code: 'not-operator', detail: 'this is for operators of the gateway' };

export function addOperatorRoutes(app: FastifyInstance, options: OperatorRoutesOptions & { readonly signedInOf: SignedInOf }): void {
  const { accounts, operations, version, signedInOf } = options;
  const { registry } = operations;
  app.addHook('onRequest', async (request, reply) => {
    // Whose request it is was seen before; that it is nobody's was answered.
    if (!reply.sent && !signedInOf(request).operator) await sendProblem(reply, notOperator);
  });

  const summary = async () => ({ version, ...(await operations.status()), listening: options.listening() });
  app.get('/summary', summary);
  const streams = new Set<OperatorEvents>();
  app.addHook('preClose', () => {
    for (const events of streams) events.destroy();
  });
  app.get('/events', { exposeHeadRoute: false }, async (request, reply) => {
    if (streams.size >= limits.operatorStreams) return sendProblem(reply, tooManyStreams);
    const { session } = signedInOf(request);
    const events = new OperatorEvents({
      ...options, summary,
      isOperator: async () => (await accounts.sessions.byId(session))?.operator === true,
    });
    streams.add(events);
    events.once('close', () => streams.delete(events));
    return streamed(reply, events);
  });
  app.get('/users', checked(adminSchemas.page, 'query', 200, (query) => registry.users(given(query))));
  app.get('/apps', checked(adminSchemas.page, 'query', 200, (query) => registry.apps(given(query))));
  app.post('/invitations', answering(schemas.newInvitation, 201, (body) => invitationAnswer({ accounts, registry }, given(body))));
}
