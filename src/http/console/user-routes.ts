// What users do in the pages: their apps, devices and status, and their data.

import type { FastifyInstance } from 'fastify';

import type { DeviceId, UserId } from '../../core/ids.js';
import { done } from '../../gateway/outcome.js';
import type { Outcome } from '../../gateway/outcome.js';
import type { Registry, RegistryErrorCode } from '../../gateway/registry.js';
import type { UserControl, UserControlErrorCode } from '../../gateway/user-control.js';
import type { Accounts } from '../account/accounts.js';
import { readDocument } from '../account/documents.js';
import { refuse, registryProblem, sendProblem } from '../problem.js';
import type { Problem } from '../problem.js';
import { given } from '../validation.js';
import { streamed } from '../event-stream.js';
import type { AppRegistration, AppRegistrationErrorCode } from '../../gateway/app-registration.js';
import type { Store } from '../../ports/store.js';
import { ConsoleStreams } from './console-events.js';
import type { ConsoleEventsOptions } from './console-events.js';
import { answering, mqttUrlOf } from './requests.js';
import type { SignedInOf } from './requests.js';
import { consoleSchemas as schemas } from './schemas.js';

export interface UserRoutesOptions extends Omit<ConsoleEventsOptions, 'sessions'> {
  readonly accounts: Accounts;
  readonly users: UserControl;
  readonly appRegistration: AppRegistration;
  readonly registry: Registry;
  readonly store: Store;
  readonly publicUrl: () => string | undefined;
  /** What browsers subscribe to their push service with; absent: there is no fallback. */
  readonly applicationServerKey?: () => Promise<Uint8Array>;
}

const tooManyStreams: Problem = {
  status: 429, code: 'too-many-readers', detail: 'too many pages of yours are open; close some', retryAfterSeconds: 60,
};
const wrongName: Problem = { status: 400, code: 'bad-request', detail: 'name: your own, written as it is; nothing was deleted' };

export function addUserRoutes(app: FastifyInstance, options: UserRoutesOptions & { readonly signedInOf: SignedInOf }): void {
  const { users, accounts, signedInOf } = options;

  app.get('/apps', async (request) => ({ apps: await users.apps(signedInOf(request).user) }));
  app.patch<{ Params: { readonly uid: string } }>('/apps/:uid', (request, reply) => answering(schemas.appChange, 200, async (body) =>
    answered(await users.changeApp(signedInOf(request).user, request.params.uid, given(body))))(request, reply));
  app.post<{ Params: { readonly uid: string } }>('/apps/:uid/revoke', (request, reply) => answering(schemas.nothing, 200, async () =>
    answered(await users.revoke(signedInOf(request).user, request.params.uid)))(request, reply));

  addDeviceRoutes(app, options);
  addOwnAppRoutes(app, options);

  app.get('/status', async (request) => users.status(signedInOf(request).user));
  app.patch('/status', answering(schemas.status, 200, async (body, request) => answered(await users.setStatus(signedInOf(request).user, given(body)))));

  const streams = new ConsoleStreams({ ...options, sessions: accounts.sessions });
  app.addHook('preClose', () => streams.close());
  app.get('/events', { exposeHeadRoute: false }, async (request, reply) => {
    const events = streams.open(signedInOf(request));
    if (events === undefined) return sendProblem(reply, tooManyStreams);
    return streamed(reply, events);
  });

  app.get('/export', async (request, reply) => {
    const { user, name } = signedInOf(request);
    void reply.header('content-disposition', 'attachment; filename="lowbeat.json"');
    return { user: { id: user, name }, ...(await everythingOf(user, options)) };
  });
  app.post('/delete', answering(schemas.farewell, 204, async ({ name }, request, reply) => {
    const { user, name: own } = signedInOf(request);
    if (name.normalize() !== own) return refuse(wrongName);
    await accounts.sessions.endOthers(user, undefined);
    const removed = await options.registry.removeUser(user);
    if (!removed.ok) return refuse(registryProblem(removed.error));
    accounts.sessions.clearCookie(reply);
    return done(undefined);
  }));
}

/** Apps that the user has registered. */
function addOwnAppRoutes(app: FastifyInstance, { appRegistration, signedInOf }: UserRoutesOptions & { readonly signedInOf: SignedInOf }): void {
  type OfOne = { readonly Params: { readonly id: string } };

  app.get('/own-apps', async (request) => ({ allowed: appRegistration.byUsers, apps: await appRegistration.ownApps(signedInOf(request).user) }));
  app.post('/own-apps', answering(schemas.newApp, 201, async (body, request) => answered(await appRegistration.add(signedInOf(request).user, body))));
  app.patch<OfOne>('/own-apps/:id', (request, reply) => answering(schemas.ownAppChange, 200, async ({ redirectUris }) =>
    answered(await appRegistration.changeRedirectUris(signedInOf(request).user, request.params.id, redirectUris)))(request, reply));
  app.post<OfOne>('/own-apps/:id/domain', (request, reply) => answering(schemas.domain, 200, async ({ domain }) =>
    answered(await appRegistration.proveOwnDomain(signedInOf(request).user, request.params.id, domain)))(request, reply));
  app.post<OfOne>('/own-apps/:id/remove', (request, reply) => answering(schemas.nothing, 204, async () => {
    const removed = answered(await appRegistration.remove(signedInOf(request).user, request.params.id));
    return removed.ok ? done(undefined) : removed;
  })(request, reply));
}

function addDeviceRoutes(app: FastifyInstance, options: UserRoutesOptions & { readonly signedInOf: SignedInOf }): void {
  const { users, registry, publicUrl, applicationServerKey, signedInOf } = options;

  app.get('/devices', async (request) => ({ devices: await users.devices(signedInOf(request).user) }));
  app.post('/devices', answering(schemas.newDevice, 201, async ({ name, push }, request) => {
    const added = await registry.addDevice({ user: signedInOf(request).user, name, ...(push !== undefined && { push }) });
    if (!added.ok) return refuse(registryProblem(added.error));
    const { id, token } = added.value;
    return done({ id, token, name: added.value.name, mqtt: mqttUrlOf(publicUrl()) });
  }));
  app.patch<{ Params: { readonly id: string } }>('/devices/:id', (request, reply) => answering(schemas.deviceName, 200, async ({ name }) =>
    answered(await users.renameDevice(signedInOf(request).user, request.params.id, name)))(request, reply));
  app.post<{ Params: { readonly id: string } }>('/devices/:id/remove', (request, reply) => answering(schemas.nothing, 204, async () => {
    const removed = answered(await users.removeDevice(signedInOf(request).user, request.params.id));
    return removed.ok ? done(undefined) : removed;
  })(request, reply));
  app.get('/push-key', async (_request, reply) => {
    if (applicationServerKey === undefined) return sendProblem(reply, { status: 404, code: 'not-found', detail: 'this gateway sends to no other push services' });
    return { applicationServerKey: Buffer.from(await applicationServerKey()).toString('base64url') };
  });
}

/** All that is kept of a user, but for secrets and their hashes, and for what waits to be delivered, which its senders answer for. */
async function everythingOf(user: UserId, { users, accounts, store }: UserRoutesOptions): Promise<object> {
  const devices = await users.devices(user);
  const sessions = await store.documentsOf(user, 'session');
  const passkeys = await accounts.credentials.passkeys(user);
  const subscriptionsOf = async (device: DeviceId) => (await store.subscriptionsOfDevice(device)).map(({ app, createdAtMs }) => ({ app, createdAtMs }));
  return {
    status: await users.status(user),
    apps: await users.apps(user),
    devices: await Promise.all(devices.map(async (device) => ({ ...device, subscriptions: await subscriptionsOf(device.id) }))),
    password: await accounts.credentials.passwordHash(user) !== undefined,
    passkeys: [...passkeys.values()].map(({ name, createdAtMs, usedAtMs }) => ({ name, createdAtMs, usedAtMs })),
    sessions: sessions.map((session) => readDocument('session', session)),
  };
}

function answered<Value>(outcome: Outcome<Value, UserControlErrorCode | RegistryErrorCode | AppRegistrationErrorCode>) {
  return outcome.ok ? done(outcome.value) : refuse(registryProblem(outcome.error));
}
