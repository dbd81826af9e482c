// The HTTP front: health, metrics, the operator's API, the apps' API. It says nothing of its own:
// what it is asked it hands to the gateway, and what the gateway answers it puts into HTTP.

import fastify from 'fastify';
import type { FastifyError, FastifyInstance } from 'fastify';

import type { Gateway } from '../gateway/doors.js';
import type { Operations } from '../gateway/operations.js';
import type { Log } from '../ports/log.js';
import type { AdminOptions } from './admin-routes.js';
import { AllowedMethods } from './allowed-methods.js';
import { addAdminRoutes, adminBodyBytes } from './admin-routes.js';
import { addAppRoutes } from './app-routes.js';
import type { IsTrustedProxy } from './client-address.js';
import { TooManyWaitError } from './account/passwords.js';
import { addConsoleRoutes } from './console/console-routes.js';
import type { ConsoleOptions } from './console/console-routes.js';
import { addAuthorizationRoutes } from './authorization/authorization-routes.js';
import type { AuthorizationOptions } from './authorization/authorization-routes.js';
import { addOpenApi } from './documentation/openapi.js';
import { addHealthRoutes } from './health-routes.js';
import { landingPage } from './landing-page.js';
import type { Exposition } from './metrics.js';
import { addPages } from './pages.js';
import type { Pages } from './pages.js';
import type { Problem } from './problem.js';
import type { PresenceRoutesOptions } from './presence-routes.js';
import { addPushRoutes } from './push/push-routes.js';
import type { PushRoutesOptions } from './push/push-routes.js';
import { sendProblem, storeProblem } from './problem.js';

export interface HttpAppOptions {
  readonly gateway: Gateway;
  readonly operations: Operations;
  readonly scrape: () => Promise<Exposition>;
  readonly log: Log;
  /** SHA-256 of the admin token. */
  readonly adminTokenHash: Uint8Array;
  /** The whole store as a backup file. */
  readonly backup: () => AsyncIterable<Uint8Array>;
  readonly version: string;
  /** Absent: apps hear of presence over MQTT only. */
  readonly presence?: PresenceRoutesOptions;
  /** For browsers: accounts, and what users decide; absent: its addresses are not there. */
  readonly console?: Omit<ConsoleOptions, 'operations' | 'version' | 'listening'>;
  /** What browsers are shown; absent: a page that says where the gateway listens. */
  readonly pages?: Pages;
  /** Web Push; absent: its addresses are not there. */
  readonly push?: PushRoutesOptions;
  /** OAuth 2 for apps; absent: its addresses are not there. */
  readonly authorization?: AuthorizationOptions;
  /** Reverse proxies that may say whom they ask for; absent: there is none. */
  readonly isTrustedProxy?: IsTrustedProxy;
  /** Where the gateway listens, for the landing page: lines such as `MQTT` and `mqtt://host:1883`. */
  readonly listening: () => readonly { readonly name: string; readonly url: string }[];
}

/** The routes, ready to take requests with `routing`; the servers are `HttpFront`'s. */
export async function createHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const app = fastify({
    // Requests are counted, not logged: an address and a uid on one line would say who talks to whom.
    logger: false,
    bodyLimit: adminBodyBytes,
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: true },
    exposeHeadRoutes: true,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    return503OnClosing: false,
    ...(options.isTrustedProxy && { trustProxy: options.isTrustedProxy }),
  });
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const problem = storeProblem(error) ?? passwordsProblem(error) ?? requestProblem(error, request.routeOptions.bodyLimit);
    if (problem.code === 'internal') options.log.error({ error }, 'a request failed');
    await sendProblem(reply, problem);
  });
  const allowed = new AllowedMethods(app);
  app.setNotFoundHandler(async ({ method, url }, reply) => {
    const methods = allowed.of(url);
    if (methods.length > 0) void reply.header('allow', methods.join(', '));
    await sendProblem(reply, methods.length > 0
      ? { status: 405, code: 'method-not-allowed', detail: `this address takes ${methods.join(', ')}, not ${method}` }
      : { status: 404, code: 'not-found', detail: `there is no ${method} ${url.slice(0, 80)}; docs/http.md lists what there is` });
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    void reply.header('x-content-type-options', 'nosniff');
    void reply.header('referrer-policy', 'no-referrer');
    if (reply.getHeader('cache-control') === undefined) void reply.header('cache-control', 'no-store');
    done();
  });

  await addOpenApi(app, options.version);
  if (options.pages !== undefined) addPages(app, options.pages);
  else app.get('/', async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(landingPage(options.version, options.listening())),
  );
  addHealthRoutes(app, options);
  const admin: AdminOptions = {
    operations: options.operations,
    tokenHash: options.adminTokenHash,
    backup: options.backup,
    version: options.version,
    ...(options.console && { accounts: options.console.accounts, appRegistration: options.console.appRegistration }),
  };
  // Each API is a scope of its own: its body parsers and its way to authenticate end with it.
  await app.register(
    (scope, _options, done) => {
      addAdminRoutes(scope, admin);
      done();
    },
    { prefix: '/admin/v1' },
  );
  await app.register(
    (scope, _options, done) => {
      addAppRoutes(scope, options);
      done();
    },
    { prefix: '/v1' },
  );
  const { console: pages, operations, version, listening } = options;
  if (pages !== undefined) {
    await app.register((scope) => addConsoleRoutes(scope, { ...pages, operations, version, listening }), { prefix: '/console/v1' });
  }
  const { push } = options;
  if (push !== undefined) {
    await app.register((scope, _options, done) => {
      addPushRoutes(scope, push);
      done();
    });
  }
  const { authorization } = options;
  if (authorization !== undefined) {
    await app.register((scope) => addAuthorizationRoutes(scope, authorization));
  }
  await app.ready();
  return app;
}

function passwordsProblem(error: unknown): Problem | undefined {
  if (!(error instanceof TooManyWaitError)) return undefined;
  return { status: 503, code: 'busy', detail: 'too many sign in at the moment; try again', retryAfterSeconds: 2 };
}

function requestProblem(error: FastifyError, bodyLimit: number): Problem {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { status: 413, code: 'payload-too-large', detail: `the body may have ${bodyLimit} bytes at most` };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { status: 415, code: 'unsupported-media-type', detail: 'send "Content-Type: application/json"' };
    default:
      break;
  }
  const { statusCode } = error;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { status: 400, code: 'bad-request', detail: error.message };
  }
  return { status: 500, code: 'internal', detail: 'this is a fault of the gateway; its log says more' };
}
