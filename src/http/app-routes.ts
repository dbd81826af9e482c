// The apps' API: the same publish path as over MQTT, with the same options as a query.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { AppId, Uid } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Gateway, PublishResult } from '../gateway/doors.js';
import { parsePublishOptions } from '../gateway/publish-options.js';
import { basicCredentials } from './basic-credentials.js';
import { addPresenceRoutes } from './presence-routes.js';
import type { PresenceRoutesOptions } from './presence-routes.js';
import { publishProblem, sendProblem } from './problem.js';

export interface AppRoutesOptions {
  readonly gateway: Gateway;
  readonly presence?: PresenceRoutesOptions;
}

export function addAppRoutes(app: FastifyInstance, { gateway, presence }: AppRoutesOptions): void {
  const apps = new WeakMap<FastifyRequest, AppId>();

  // Before the body is read: who is not known has nothing read of theirs.
  app.addHook('onRequest', async (request, reply) => {
    const credentials = basicCredentials(request.headers.authorization);
    const identity = await gateway.authenticate(credentials.username, credentials.password);
    if (identity?.kind === 'app') {
      apps.set(request, identity.app);
      return;
    }
    void reply.header('www-authenticate', 'Basic realm="lowbeat", charset="UTF-8"');
    await sendProblem(reply, {
      status: 401,
      code: 'unauthorized',
      detail: 'send HTTP Basic credentials: the app id and its secret',
    });
  });

  // A notification is bytes, whatever its sender calls them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.post('/notify/:uid', { bodyLimit: limits.payloadBytes }, async (request, reply) => {
    const { uid } = request.params as { readonly uid: string };
    const parsed = parsePublishOptions(queryOf(request.url));
    if (!parsed.ok) return sendProblem(reply, publishProblem(parsed.error));
    const result = await gateway.publish({
      app: appOf(apps, request),
      to: { uid: uid as Uid },
      data: request.body instanceof Uint8Array ? request.body : new Uint8Array(0),
      ...parsed.options,
    });
    if (!result.ok) return sendProblem(reply, publishProblem(result.error));
    return reply.code(201).send({ accepted: true, duplicate: result.duplicate });
  });

  app.delete('/messages/:reference', async (request, reply) => {
    const { reference } = request.params as { readonly reference: string };
    return answered(reply, await gateway.cancel(appOf(apps, request), reference));
  });
  if (presence !== undefined) addPresenceRoutes(app, { ...presence, appOf: (request) => appOf(apps, request) });
}

async function answered(reply: FastifyReply, result: PublishResult): Promise<FastifyReply> {
  return result.ok ? reply.code(204).send() : sendProblem(reply, publishProblem(result.error));
}

function appOf(apps: WeakMap<FastifyRequest, AppId>, request: FastifyRequest): AppId {
  const app = apps.get(request);
  if (app === undefined) throw new Error('a request came by without its app');
  return app;
}

function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}
