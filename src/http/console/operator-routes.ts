// What users do in the pages who may do what the operator may.

import type { FastifyInstance } from 'fastify';

import type { Operations } from '../../gateway/operations.js';
import { adminSchemas, checked } from '../admin-routes.js';
import type { Accounts } from '../account/accounts.js';
import { sendProblem } from '../problem.js';
import type { Problem } from '../problem.js';
import { given } from '../validation.js';
import { invitationAnswer } from './invitation-answer.js';
import { answering } from './requests.js';
import type { SignedInOf } from './requests.js';
import { consoleSchemas as schemas } from './schemas.js';

export interface OperatorRoutesOptions {
  readonly accounts: Accounts;
  readonly operations: Operations;
  readonly version: string;
  /** Where the gateway listens. */
  readonly listening: () => readonly { readonly name: string; readonly url: string }[];
}

const notOperator: Problem = { status: 403, code: 'not-operator', detail: 'this is for operators of the gateway' };

export function addOperatorRoutes(app: FastifyInstance, options: OperatorRoutesOptions & { readonly signedInOf: SignedInOf }): void {
  const { accounts, operations, version, signedInOf } = options;
  const { registry } = operations;
  app.addHook('onRequest', async (request, reply) => {
    // Whose request it is was seen before; that it is nobody's was answered.
    if (!reply.sent && !signedInOf(request).operator) await sendProblem(reply, notOperator);
  });

  app.get('/summary', async () => ({ version, ...(await operations.status()), listening: options.listening() }));
  app.get('/users', checked(adminSchemas.page, 'query', 200, (query) => registry.users(given(query))));
  app.get('/apps', checked(adminSchemas.page, 'query', 200, (query) => registry.apps(given(query))));
  app.post('/invitations', answering(schemas.newInvitation, 201, (body) => invitationAnswer({ accounts, registry }, given(body))));
}
