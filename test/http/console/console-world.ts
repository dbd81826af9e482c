// A gateway in virtual time with the API of the pages, and browsers that keep cookies as browsers do.

import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';

import { AppRegistration } from '../../../src/gateway/app-registration.js';
import type { ReadDomainProof } from '../../../src/gateway/app-registration.js';
import { hashSecret } from '../../../src/gateway/secrets.js';
import { Accounts } from '../../../src/http/account/accounts.js';
import { createHttpApp } from '../../../src/http/app.js';
import { noLog } from '../../../src/ports/log.js';
import { seededBytes } from '../../gateway/seeded.js';
import { createWorld } from '../../gateway/world.js';
import type { World } from '../../gateway/world.js';

export const origin = 'https://push.example.org';
export const password = 'correct horse battery';

const noSite: ReadDomainProof = () => Promise.resolve({ ok: false, reason: 'there is no site' });

export interface ConsoleWorld {
  readonly world: World;
  readonly app: FastifyInstance;
  readonly accounts: Accounts;
  readonly browser: (address?: string) => Browser;
  /** A browser in which somebody new is signed in. */
  readonly member: (name: string, operator?: boolean) => Promise<Browser>;
}

export async function consoleWorld(t: Test, { publicUrl = origin, byUsers = false, readDomainProof = noSite }: {
  readonly publicUrl?: string;
  readonly byUsers?: boolean;
  readonly readDomainProof?: ReadDomainProof;
} = {}): Promise<ConsoleWorld> {
  const world = await createWorld({ gateway: { publicUrl: () => publicUrl } });
  const { gateway, store, time } = world;
  const shared = { store, clock: time, publicUrl: () => publicUrl };
  const accounts = new Accounts({ ...shared, randomBytes: seededBytes(7), registry: gateway.registry });
  const appRegistration = new AppRegistration({ registry: gateway.registry, store, randomBytes: seededBytes(9), byUsers, readDomainProof });
  const app = await createHttpApp({
    gateway, operations: gateway, log: noLog, version: '1.2.3', adminTokenHash: hashSecret('admin'),
    scrape: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
    backup: async function* () {},
    listening: () => [],
    console: { ...shared, accounts, appRegistration, deadlines: gateway.deadlines, users: gateway.users },
  });
  t.teardown(async () => {
    await app.close();
    await gateway.stop();
  });
  const browser = (address = '192.0.2.1'): Browser => new Browser(app, address);
  const member = async (name: string, operator = false): Promise<Browser> => {
    const made = await accounts.invitations.make({ operator });
    if (typeof made === 'string') throw new Error(made);
    const page = browser();
    const answer = await page.post('/sign-up', { token: made.token, name, password });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return page;
  };
  return { world, app, accounts, browser, member };
}

/** What answers hold; which of it is there each test knows. */
export interface PageBody extends Readonly<Record<string, unknown>> {
  readonly csrf: string;
  readonly challenge: string;
  readonly excludeCredentials: readonly { readonly id: string }[];
  readonly items: readonly { readonly name: string }[];
}

export interface PageAnswer {
  readonly status: number;
  readonly body: PageBody;
  readonly headers: Readonly<Record<string, unknown>>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export class Browser {
  readonly cookies = new Map<string, { readonly value: string; readonly path: string }>();
  /** `Set-Cookie` lines as they came. */
  readonly setCookies: string[] = [];
  readonly #app: FastifyInstance;
  readonly #address: string;
  csrf: string | undefined;

  constructor(app: FastifyInstance, address: string) {
    this.#app = app;
    this.#address = address;
  }

  get(path: string): Promise<PageAnswer> {
    return this.ask('GET', path);
  }

  /** As a page does: it asks for its CSRF token first, and again when it has another session. */
  async post(path: string, body: object = {}, method: Method = 'POST'): Promise<PageAnswer> {
    if (this.csrf === undefined) this.csrf = (await this.get('/session')).body.csrf;
    const answer = await this.ask(method, path, body, { 'x-csrf-token': this.csrf, origin, 'sec-fetch-site': 'same-origin' });
    if (typeof answer.body.csrf === 'string') this.csrf = answer.body.csrf;
    return answer;
  }

  async ask(method: Method, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<PageAnswer> {
    const url = `/console/v1${path}`;
    const cookie = [...this.cookies].filter(([, { path: below }]) => url.startsWith(below)).map(([name, { value }]) => `${name}=${value}`).join('; ');
    const answer = await this.#app.inject({
      method, url, remoteAddress: this.#address,
      headers: { host: new URL(origin).host, ...(cookie !== '' && { cookie }), ...headers },
      ...(body !== undefined && { payload: body }),
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(line);
    return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(answer.body === '' ? '{}' : answer.body) as PageBody };
  }

  #keep(line: string): void {
    this.setCookies.push(line);
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/max-age=0(;|$)/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, { value, path: /; path=([^;]+)/i.exec(line)?.[1] ?? '/' });
  }
}
