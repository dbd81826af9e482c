// The admin API of a running gateway, from the side that calls it.

import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

import * as z from 'zod';

import type { Urgency } from '../core/frames.js';
import { done, refused } from '../gateway/outcome.js';
import type { Outcome } from '../gateway/outcome.js';
import { CommandFailure } from './failure.js';
import type { Registrar } from './registrar.js';

export interface GatewayAddress {
  /** `http://host:port` or `https://…`, without the path of the API. */
  readonly url: string;
  readonly adminToken: string;
}

export interface SendRequest {
  readonly uid: string;
  readonly message: string;
  readonly urgency: Urgency;
  /** Seconds. */
  readonly ttl: number;
  readonly topic: string;
}

/** Long enough for a store that is busy, short enough for somebody who waits. */
const answerMs = 10_000;

const named = z.object({ id: z.string(), name: z.string() });
const listedNamed = named.extend({ createdAtMs: z.number() });
const grant = z.object({
  uid: z.string(),
  user: z.string(),
  app: z.string(),
  scopes: z.array(z.string()),
});

const schemas = {
  addedUser: named,
  addedDevice: named.extend({ token: z.string(), user: z.string() }),
  addedApp: named.extend({ secret: z.string() }),
  addedGrant: grant,
  users: page(listedNamed),
  devices: page(listedNamed.extend({ user: z.string(), minimumUrgency: z.string(), push: z.boolean() })),
  apps: page(listedNamed.extend({ domain: z.string().optional(), webhook: z.string().optional(), deactivated: z.boolean().optional() })),
  domain: z.object({ domain: z.string() }),
  appWebhook: named.extend({ webhook: z.string().nullable(), webhookSecret: z.string().optional() }).transform(
    ({ webhookSecret, ...app }) => ({ ...app, ...(webhookSecret !== undefined && { webhookSecret }) }),
  ),
  grants: page(grant.extend({ paused: z.boolean(), createdAtMs: z.number() })),
  invitation: z.object({ token: z.string(), expiresAtMs: z.number(), url: z.string() }),
  nothing: z.unknown(),
  problem: z.object({ code: z.string(), detail: z.string() }),
  status: z.object({
    version: z.string(),
    startedAtMs: z.number(),
    uptimeSeconds: z.number(),
    links: z.number(),
    appConnections: z.number(),
    unready: z.array(z.string()),
    store: z
      .object({
        users: z.number(),
        devices: z.number(),
        apps: z.number(),
        waitingNotifications: z.number(),
        outboxItems: z.number(),
      })
      .optional(),
  }),
};

export type GatewayStatus = z.output<typeof schemas.status>;

/** Under the gateway's URL. */
const api = '/admin/v1';

interface RequestOptions {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** Methods reject with CommandFailure when the gateway cannot be asked; what it refuses is an outcome. */
export class GatewayClient implements Registrar {
  readonly #url: string;
  readonly #adminToken: string;

  constructor(address: GatewayAddress) {
    this.#url = address.url.replace(/\/+$/, '');
    this.#adminToken = address.adminToken;
  }

  addUser(request: Parameters<Registrar['addUser']>[0]) {
    return this.#call(schemas.addedUser, 'POST', '/users', request);
  }

  users(request: Parameters<Registrar['users']>[0]) {
    return this.#call(schemas.users, 'GET', `/users${query(request)}`);
  }

  removeUser(user: string) {
    return this.#remove('users', user);
  }

  addDevice(request: Parameters<Registrar['addDevice']>[0]) {
    return this.#call(schemas.addedDevice, 'POST', '/devices', request);
  }

  devices(request: Parameters<Registrar['devices']>[0]) {
    return this.#call(schemas.devices, 'GET', `/devices${query(request)}`);
  }

  removeDevice(id: string) {
    return this.#remove('devices', id);
  }

  addApp(request: Parameters<Registrar['addApp']>[0]) {
    return this.#call(schemas.addedApp, 'POST', '/apps', request);
  }

  apps(request: Parameters<Registrar['apps']>[0]) {
    return this.#call(schemas.apps, 'GET', `/apps${query(request)}`);
  }

  changeApp(app: string, change: { readonly deactivated: boolean }) {
    return this.#call(schemas.nothing, 'PATCH', `/apps/${encodeURIComponent(app)}`, change);
  }

  proveDomain(app: string, domain: string): Promise<Outcome<{ readonly domain: string }>> {
    return this.#call(schemas.domain, 'POST', `/apps/${encodeURIComponent(app)}/domain`, { domain });
  }

  setWebhook({ app, webhook }: Parameters<Registrar['setWebhook']>[0]) {
    return this.#call(schemas.appWebhook, 'PATCH', `/apps/${encodeURIComponent(app)}`, { webhook });
  }

  removeApp(app: string) {
    return this.#remove('apps', app);
  }

  addGrant(request: Parameters<Registrar['addGrant']>[0]) {
    return this.#call(schemas.addedGrant, 'POST', '/grants', request);
  }

  grants(request: Parameters<Registrar['grants']>[0]) {
    return this.#call(schemas.grants, 'GET', `/grants${query(request)}`);
  }

  removeGrant(uid: string) {
    return this.#remove('grants', uid);
  }

  invite(request: { readonly operator: boolean; readonly user?: string }): Promise<Outcome<z.output<typeof schemas.invitation>>> {
    return this.#call(schemas.invitation, 'POST', '/invitations', request);
  }

  send(request: SendRequest): Promise<Outcome<unknown>> {
    return this.#call(schemas.nothing, 'POST', '/send', request);
  }

  status(): Promise<Outcome<GatewayStatus>> {
    return this.#call(schemas.status, 'GET', '/status');
  }

  /** Every counter and gauge of `/metrics`, summed over its labels, by name without the prefix `lowbeat_`. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const response = await this.#request({ method: 'GET', path: '/metrics', signal: AbortSignal.timeout(answerMs) });
    if (!response.ok) throw this.#strange(response.status);
    const counts = new Map<string, number>();
    for (const line of (await response.text()).split('\n')) {
      const [, name, value] = /^lowbeat_(\w+)(?:\{[^}]*\})? (\S+)$/.exec(line) ?? [];
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + Number(value));
    }
    return counts;
  }

  /** The bytes of a backup as they come; no bound on how long that takes. */
  async backup(): Promise<Outcome<Readable>> {
    const response = await this.#request({ method: 'POST', path: `${api}/backup` });
    if (!response.ok) return this.#problem(response);
    // fetch's own stream type and that of node:stream/web are the same thing under two names.
    return done(Readable.fromWeb(response.body as ReadableStream));
  }

  // A name may hold a slash-like character or a space.
  #remove(kind: string, which: string): Promise<Outcome<unknown>> {
    return this.#call(schemas.nothing, 'DELETE', `/${kind}/${encodeURIComponent(which)}`);
  }

  async #call<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    body?: object,
  ): Promise<Outcome<z.output<Schema>>> {
    const signal = AbortSignal.timeout(answerMs);
    const response = await this.#request({ method, path: api + path, signal, ...(body && { body }) });
    if (!response.ok) return this.#problem(response);
    const parsed = schema.safeParse(response.status === 204 ? undefined : await jsonOf(response));
    if (!parsed.success) throw this.#strange(response.status);
    return done(parsed.data);
  }

  async #request({ method, path, body, signal }: RequestOptions): Promise<Response> {
    try {
      return await fetch(this.#url + path, {
        method,
        headers: {
          authorization: `Bearer ${this.#adminToken}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
        redirect: 'error',
      });
    } catch (error) {
      const why = networkReason(error);
      throw new CommandFailure(`no gateway answers at ${this.#url}: ${why}`, {
        exit: 'gateway-unreachable',
        cause: error,
      });
    }
  }

  async #problem(response: Response): Promise<Outcome<never>> {
    const problem = schemas.problem.safeParse(await jsonOf(response));
    if (!problem.success) throw this.#strange(response.status);
    if (response.status === 401) {
      throw new CommandFailure(
        `the gateway at ${this.#url} does not know this admin token; it lies in the file admin-token of its data folder`,
        { exit: 'gateway-unreachable', code: problem.data.code },
      );
    }
    return refused(problem.data.code, problem.data.detail);
  }

  #strange(status: number): CommandFailure {
    return new CommandFailure(
      `what answers at ${this.#url} is not a gateway of this version (status ${status})`,
      { exit: 'gateway-unreachable' },
    );
  }
}

function page<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().optional() }).transform(({ items, next }) => ({
    items,
    ...(next !== undefined && { next }),
  }));
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function query(parameters: object): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** fetch says "fetch failed" and hides the reason in its cause; several addresses hide theirs once more. */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${answerMs / 1000} s`;
  if (error instanceof AggregateError && error.message === '') return networkReason(error.errors[0]);
  return error.cause === undefined ? error.message : networkReason(error.cause);
}
