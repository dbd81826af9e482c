// The operator's API. One bearer token, which lies in the data folder; whoever has it may do everything.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { z } from 'zod';

import { urgencies } from '../core/frames.js';
import { limits } from '../core/limits.js';
import type { AppRegistration, AppRegistrationErrorCode } from '../gateway/app-registration.js';
import type { Operations } from '../gateway/operations.js';
import { done } from '../gateway/outcome.js';
import type { Outcome } from '../gateway/outcome.js';
import type { RegistryErrorCode } from '../gateway/registry.js';
import { scopes } from '../gateway/registry.js';
import { secretMatches } from '../gateway/secrets.js';
import type { Accounts } from './account/accounts.js';
import { invitationAnswer } from './console/invitation-answer.js';
import { answering } from './console/requests.js';
import { consoleSchemas, pushSubscription } from './console/schemas.js';
import { publishProblem, registryProblem, sendProblem } from './problem.js';
import { given, validate } from './validation.js';

export interface AdminOptions {
  readonly operations: Operations;
  /** SHA-256 of the token. */
  readonly tokenHash: Uint8Array;
  /** The whole store as a backup file. */
  readonly backup: () => AsyncIterable<Uint8Array>;
  readonly version: string;
  /** Absent: nobody is invited. */
  readonly accounts?: Accounts;
  /** Absent: no domain is proven. */
  readonly appRegistration?: AppRegistration;
}

/** An operator's request is a few names; a message of 4096 bytes in base64 is the largest. */
export const adminBodyBytes = 16_384;

const name = z.string('a name, as text');
const page = {
  after: z.string('an id, as text').max(256, 'an id of at most 256 characters').optional(),
  limit: z.coerce
    .number(`a whole number from 1 to ${limits.pageItems}`)
    .int(`a whole number from 1 to ${limits.pageItems}`)
    .min(1, `a whole number from 1 to ${limits.pageItems}`)
    .max(limits.pageItems, `a whole number from 1 to ${limits.pageItems}`)
    .optional(),
};
const object = 'a JSON object';
const ttlAllowed = `whole seconds from 0 to ${limits.ttlSeconds}`;

/** What requests of the operator look like. */
export const adminSchemas = {
  addUser: z.strictObject({ name }, object),
  addDevice: z.strictObject({ user: name, name: name.optional(), push: pushSubscription.optional() }, object),
  addApp: z.strictObject({ name, redirectUris: z.array(z.string('a URL'), 'a list of URLs').optional() }, object),
  changeApp: z.strictObject({
    webhook: z.union([z.string(), z.null()], 'a URL, or null for none').optional(),
    deactivated: z.boolean('true or false').optional(),
  }, object).refine((body) => (body.webhook === undefined) !== (body.deactivated === undefined), {
    message: 'exactly one of webhook and deactivated', path: ['webhook'],
  }),
  addGrant: z.strictObject(
    { user: name, app: name, scopes: z.array(z.string(`one of ${scopes.join(', ')}`), `a list of ${scopes.join(', ')}`) },
    object,
  ),
  page: z.strictObject(page),
  devicePage: z.strictObject({ ...page, user: name.optional() }),
  grantPage: z.strictObject({ ...page, user: name.optional(), app: name.optional() }),
  send: z
    .strictObject(
      {
        uid: z.string('a uid, as text'),
        message: z.string('text').optional(),
        data: z.base64('bytes in base64').optional(),
        urgency: z.enum(urgencies as [(typeof urgencies)[number]], `one of ${urgencies.join(', ')}`).default('normal'),
        ttl: z
          .number(ttlAllowed)
          .int(ttlAllowed)
          .min(0, ttlAllowed)
          .max(limits.ttlSeconds, ttlAllowed)
          .default(limits.ttlSeconds),
        topic: z.string('text').default(''),
      },
      object,
    )
    .refine((body) => (body.message === undefined) !== (body.data === undefined), {
      message: 'exactly one of message (text) and data (base64)',
      path: ['message'],
    }),
};

type OfOne = { readonly Params: { readonly which: string } };

export function addAdminRoutes(app: FastifyInstance, options: AdminOptions): void {
  const { operations } = options;
  const { registry } = operations;

  app.addHook('onRequest', async (request, reply) => {
    const given = /^Bearer +([\x21-\x7e]{1,256}) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (secretMatches(given ?? '', options.tokenHash) && given !== undefined) return;
    void reply.header('www-authenticate', 'Bearer realm="lowbeat admin"');
    await sendProblem(reply, {
      status: 401,
      code: 'unauthorized',
      detail: 'send "Authorization: Bearer TOKEN" with the admin token, which lies in the data folder',
    });
  });

  app.get('/status', async () => ({ version: options.version, ...(await operations.status()) }));

  app.post('/users', checked(adminSchemas.addUser, 'body', 201, (body) => registry.addUser(body)));
  app.get('/users', checked(adminSchemas.page, 'query', 200, (query) => registry.users(given(query))));
  app.delete('/users/:which', removal((which) => registry.removeUser(which)));

  app.post('/devices', checked(adminSchemas.addDevice, 'body', 201, (body) => registry.addDevice(given(body))));
  app.get('/devices', checked(adminSchemas.devicePage, 'query', 200, (query) => registry.devices(given(query))));
  app.delete('/devices/:which', removal((which) => registry.removeDevice(which)));

  app.post('/apps', checked(adminSchemas.addApp, 'body', 201, (body) => registry.addApp(body)));
  app.get('/apps', checked(adminSchemas.page, 'query', 200, (query) => registry.apps(given(query))));
  app.patch<OfOne>('/apps/:which', (request, reply) => checked(adminSchemas.changeApp, 'body', 200, async (body) => {
    const { webhook, deactivated = false } = body;
    if (webhook !== undefined) return registry.setWebhook({ app: request.params.which, webhook });
    const changed = await registry.changeApp(request.params.which, { deactivated });
    return changed.ok ? done({ id: changed.value.id, name: changed.value.name, deactivated }) : changed;
  })(request, reply));
  const { appRegistration } = options;
  if (appRegistration !== undefined) {
    app.post<OfOne>('/apps/:which/domain', (request, reply) => checked(consoleSchemas.domain, 'body', 200, async ({ domain }) => {
      const found = await registry.app(request.params.which);
      return found.ok ? appRegistration.proveDomain(found.value, domain) : found;
    })(request, reply));
  }
  app.delete('/apps/:which', removal((which) => registry.removeApp(which)));

  app.post('/grants', checked(adminSchemas.addGrant, 'body', 201, (body) => registry.addGrant(body)));
  app.get('/grants', checked(adminSchemas.grantPage, 'query', 200, (query) => registry.grants(given(query))));
  app.delete('/grants/:which', removal((which) => registry.removeGrant(which)));

  const { accounts } = options;
  if (accounts !== undefined) {
    app.post('/invitations', answering(consoleSchemas.newInvitation, 201, (body) => invitationAnswer({ accounts, registry }, given(body))));
  }

  app.post('/send', async (request, reply) => {
    const body = validate(adminSchemas.send, request.body);
    if (!body.ok) return sendProblem(reply, body.problem);
    const { uid, message, data, urgency, ttl, topic } = body.value;
    const result = await operations.send({
      uid,
      data: Buffer.from(data ?? message ?? '', data === undefined ? 'utf8' : 'base64'),
      urgency,
      ttlSeconds: ttl,
      topic,
    });
    if (!result.ok) return sendProblem(reply, publishProblem(result.error));
    return reply.code(201).send({ accepted: true });
  });

  app.post('/backup', async (_request, reply) =>
    reply
      .type('application/octet-stream')
      .header('content-disposition', 'attachment; filename="lowbeat.backup"')
      .send(Readable.from(options.backup(), { objectMode: false })),
  );
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Checks what came, and sends what `operation` gives. */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  where: 'body' | 'query',
  status: number,
  operation: (input: z.output<Schema>) => Promise<Outcome<unknown, RegistryErrorCode | AppRegistrationErrorCode>>,
): Handler {
  return async (request, reply) => {
    const input = validate(schema, request[where]);
    if (!input.ok) return sendProblem(reply, input.problem);
    const result = await operation(input.value);
    if (!result.ok) return sendProblem(reply, registryProblem(result.error));
    return reply.code(status).send(result.value);
  };
}

function removal(operation: (which: string) => Promise<Outcome<unknown, RegistryErrorCode>>): Handler {
  return async (request, reply) => {
    const { which } = request.params as { readonly which: string };
    const result = await operation(which);
    if (!result.ok) return sendProblem(reply, registryProblem(result.error));
    return reply.code(204).send();
  };
}
