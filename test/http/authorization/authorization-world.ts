// OAuth 2 over HTTP, with whoever a request's header says signed in.

import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';

import type { Test } from 'tap';

import type { AppId, UserId } from '../../../src/core/ids.js';
import { hashSecret } from '../../../src/gateway/secrets.js';
import { createHttpApp } from '../../../src/http/app.js';
import { createPrometheusMetrics } from '../../../src/http/metrics.js';
import { systemClock } from '../../../src/ports/clock.js';
import { noLog } from '../../../src/ports/log.js';
import { createWorld } from '../../gateway/world.js';
import type { World } from '../../gateway/world.js';

// oidc-provider reads Date.now itself, so these run in real time; none of them waits.

export const redirectUri = 'http://127.0.0.1:9/callback';
export const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

export interface Browser {
  readonly cookies: Map<string, string>;
  readonly go: (url: string, init?: RequestInit) => Promise<Response>;
}

export function browser(): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    go: async (url, init = {}) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...(init.headers as Record<string, string> | undefined), cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    },
  };
}

export interface Setup {
  readonly world: World;
  readonly url: string;
  readonly app: AppId;
  readonly user: UserId;
  readonly begin: (browser: Browser, change?: Record<string, string>) => Promise<Response>;
  /** Where the app's user is sent back to. */
  readonly decide: (browser: Browser, how: 'allow' | 'deny', headers?: Record<string, string>) => Promise<URL>;
  readonly token: (parameters: Record<string, string>, secret?: string) => Promise<{ readonly status: number; readonly body: Record<string, string> }>;
}

export async function setUp(t: Test): Promise<Setup> {
  const world = await createWorld();
  const user = (await world.user('anna')) as UserId;
  const other = (await world.user('bert')) as UserId;
  const { id: app, secret } = await world.app('beerchat');
  await world.store.changeApp(app, { redirectUris: [redirectUri] });
  const listening: { url?: string } = {};
  const http = await createHttpApp({
    gateway: world.gateway, operations: world.gateway, scrape: createPrometheusMetrics({}).scrape, log: noLog,
    adminTokenHash: hashSecret('admin'), backup: async function* () {}, version: '1.2.3', listening: () => [],
    authorization: {
      store: world.store, clock: systemClock, randomBytes, registry: world.gateway.registry, log: noLog, publicUrl: () => listening.url,
      sessions: {
        of: ({ headers }) => Promise.resolve(headers['x-user'] === 'anna' ? { user, name: 'anna' } : headers['x-user'] === 'bert' ? { user: other, name: 'bert' } : undefined),
        forgery: ({ headers }) => Promise.resolve(headers['x-csrf-token'] === 'good'
          ? undefined
          : { status: 403, code: 'unauthorized', detail: 'send the CSRF token' }),
      },
    },
  });
  t.teardown(() => http.close());
  await http.listen({ port: 0, host: '127.0.0.1' });
  const url = (listening.url = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`);
  const base = url;
  const begin: Setup['begin'] = (browser, change = {}) => browser.go(`${base}/oauth/authorize?${new URLSearchParams({
    client_id: app, redirect_uri: redirectUri, response_type: 'code', scope: 'openid offline_access presence notify', prompt: 'consent',
    state: 'mine', code_challenge: challenge, code_challenge_method: 'S256', ...change,
  }).toString()}`);
  return {
    world, url, app, user, begin,
    decide: async (browser, how, headers = { 'x-user': 'anna', 'x-csrf-token': 'good' }) => {
      const page = (await begin(browser)).headers.get('location') ?? '';
      const id = page.split('/').at(-1) ?? '';
      const answer = await browser.go(`${base}/console/v1/interaction/${id}/${how}`, { method: 'POST', headers });
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
      const { location } = await answer.json() as { location: string };
      const back = await browser.go(location);
      return new URL(back.headers.get('location') ?? `about:blank?${back.status}`);
    },
    token: async (parameters, given = secret) => {
      const response = await fetch(`${base}/oauth/token`, {
        method: 'POST', body: new URLSearchParams(parameters),
        headers: { authorization: `Basic ${Buffer.from(`${app}:${given}`).toString('base64')}` },
      });
      return { status: response.status, body: await response.json() as Record<string, string> };
    },
  };
}
