// The API of the pages: for browsers, with a cookie. Whoever is not signed in can only become so, and no page of another origin can ask
// for anything in a user's name.

import cookies from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Operations } from '../../gateway/operations.js';
import { addCredentialRoutes, addSignInRoutes } from '../account/account-routes.js';
import type { SignedIn } from '../account/sessions.js';
import type { GatewayFigures } from '../metrics.js';
import { sendProblem } from '../problem.js';
import { addOperatorRoutes } from './operator-routes.js';
import { addUserRoutes } from './user-routes.js';
import type { UserRoutesOptions } from './user-routes.js';

export interface ConsoleOptions extends Omit<UserRoutesOptions, 'registry'> {
  readonly figures?: () => Promise<GatewayFigures>;
  readonly operations: Operations;
  readonly version: string;
  readonly listening: () => readonly { readonly name: string; readonly url: string }[];
}

export async function addConsoleRoutes(app: FastifyInstance, options: ConsoleOptions): Promise<void> {
  const { accounts, operations } = options;
  const { sessions } = accounts;

  await app.register(cookies);
  app.addHook('onRequest', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD') return;
    const problem = await sessions.forgery(request);
    if (problem !== undefined) await sendProblem(reply, problem);
  });
  addSignInRoutes(app, options);

  await app.register(async (scope) => {
    const signedIn = new WeakMap<FastifyRequest, SignedIn>();
    const signedInOf = (request: FastifyRequest): SignedIn => {
      const found = signedIn.get(request);
      if (found === undefined) throw new Error('a request came by without who is signed in');
      return found;
    };
    scope.addHook('onRequest', async (request, reply) => {
      const found = await sessions.of(request);
      if (found !== undefined) signedIn.set(request, found);
      else await sendProblem(reply, { status: 401, code: 'sign-in-required', detail: 'sign in first: POST /console/v1/sign-in/password' });
    });
    const shared = { ...options, registry: operations.registry, signedInOf };
    addCredentialRoutes(scope, shared);
    addUserRoutes(scope, shared);
    await scope.register((inner, _options, done) => {
      addOperatorRoutes(inner, shared);
      done();
    }, { prefix: '/operator' });
  });
}
