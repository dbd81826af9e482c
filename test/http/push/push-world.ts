// A gateway in virtual time behind a real HTTP socket, with a phone that has one endpoint.

import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Test } from 'tap';

import type { PushGateway } from '../../../src/gateway/push-doors.js';
import { createHttpApp } from '../../../src/http/app.js';
import { trustedProxies } from '../../../src/http/client-address.js';
import { HttpFront } from '../../../src/http/front.js';
import type { HttpFrontOptions } from '../../../src/http/front.js';
import type { PushBounds } from '../../../src/http/push/push-bounds.js';
import { noLog } from '../../../src/ports/log.js';
import type { Store } from '../../../src/ports/store.js';
import { createWorld } from '../../gateway/world.js';
import type { FakeDevice, World } from '../../gateway/world.js';

export const origin = 'https://push.example.org';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

type Headers = Readonly<Record<string, string>>;

export interface PushWorld {
  readonly world: World;
  readonly front: HttpFront;
  readonly port: number;
  /** Requests and streams that wait for receipts right now. */
  readonly waiting: () => number;
  readonly ask: (method: string, url: string, headers?: Headers, body?: string | Buffer) => Promise<Answer>;
  /** The answer has begun, and its body is still to come. */
  readonly open: (url: string, headers?: Headers) => Promise<OpenAnswer>;
  /** An answer that somebody waits for. */
  readonly hold: (url: string, headers?: Headers) => Held;
}

export interface OpenAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** What of the body has come so far. */
  readonly text: () => string;
  /** Whether the body has ended as it should. */
  readonly ended: () => boolean;
  /** The connection is gone. */
  readonly closed: () => boolean;
  readonly leave: () => void;
}

export interface Held {
  readonly answer: Promise<Answer>;
  readonly answered: () => boolean;
  readonly leave: () => void;
}

export interface PushWorldOptions extends Pick<HttpFrontOptions, 'limits' | 'times'> {
  readonly store?: Store;
  readonly publicUrl?: string;
  readonly bounds?: PushBounds;
  /** Whoever connects says by `X-Forwarded-For` who it is. */
  readonly behindProxy?: boolean;
  /** Between the routes and the gateway. */
  readonly around?: (push: PushGateway) => PushGateway;
}

export async function pushWorld(t: Test, options: PushWorldOptions = {}): Promise<PushWorld> {
  const publicUrl = options.publicUrl ?? origin;
  const world = await createWorld({ ...(options.store && { store: options.store }), gateway: { publicUrl: () => publicUrl } });
  const { gateway, time } = world;
  let waiting = 0;
  const { limits, times, bounds, around = (push: PushGateway) => push } = options;
  const isTrustedProxy = trustedProxies(options.behindProxy === true ? ['127.0.0.1'] : []);
  const push: PushGateway = {
    ...through(gateway.push),
    receipts: async (token) => {
      const reader = await gateway.push.receipts(token);
      return reader && { ...reader, wait: (onNews) => counted(reader.wait(onNews)) };
    },
  };
  const counted = (takeBack: () => void): (() => void) => {
    waiting += 1;
    return () => {
      waiting -= 1;
      takeBack();
    };
  };
  const app = await createHttpApp({
    gateway, operations: gateway, log: noLog, version: 'test', adminTokenHash: new Uint8Array(32),
    scrape: () => Promise.reject(new Error('not asked for')),
    backup: async function* () {},
    listening: () => [],
    push: {
      push: around(push), gateway, clock: time, deadlines: gateway.deadlines, publicUrl: () => publicUrl, ...(bounds && { bounds }),
    },
    isTrustedProxy,
  });
  const front = new HttpFront({
    app, log: noLog, isTrustedProxy, onMqttSocket: (socket) => socket.terminate(),
    ...(limits && { limits }), ...(times && { times }),
  });
  t.teardown(() => front.close(50));
  const { port } = await front.listen({ port: 0, host: '127.0.0.1' });
  const pathOf = (url: string): string => (url.startsWith(publicUrl) ? url.slice(publicUrl.length) : url);
  const send = (method: string, url: string, headers: Headers, body: string | Buffer = ''): ReturnType<typeof request> =>
    request({ method, host: '127.0.0.1', port, path: pathOf(url), headers, agent: false }).end(body);
  return {
    world, front, port, waiting: () => waiting,
    ask: (method, url, headers = {}, body) => answerTo(send(method, url, headers, body)),
    open: (url, headers = {}) => new Promise((resolve, reject) => {
      send('GET', url, headers).on('error', reject).on('response', (response) => resolve(opened(response)));
    }),
    hold: (url, headers = {}) => {
      const asked = send('GET', url, headers);
      let done = false;
      const answer = answerTo(asked);
      void answer.then(() => {
        done = true;
      }, () => undefined);
      return { answer, answered: () => done, leave: () => void asked.destroy() };
    },
  };
}

/** For another to change a part of. */
export function through(push: PushGateway): PushGateway {
  return {
    endpoint: (token) => push.endpoint(token),
    push: (request) => push.push(request),
    cancelMessage: (token) => push.cancelMessage(token),
    unsubscribe: (device, subscription) => push.unsubscribe(device, subscription),
    receipts: (token) => push.receipts(token),
  };
}

function answerTo(asked: ReturnType<typeof request>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    asked.on('error', reject).on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      }).on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, body });
      }).on('error', reject);
    });
  });
}

function opened(response: IncomingMessage): OpenAnswer {
  let text = '';
  let ended = false;
  let closed = false;
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  }).on('end', () => {
    ended = true;
  }).on('close', () => {
    closed = true;
  }).on('error', () => undefined);
  return {
    status: response.statusCode ?? 0, headers: response.headers,
    text: () => text, ended: () => ended, closed: () => closed, leave: () => void response.destroy(),
  };
}

export interface Phone {
  readonly device: { readonly id: FakeDevice['device']; readonly token: string };
  readonly phone: FakeDevice;
  readonly subscription: string;
  readonly endpoint: string;
}

let users = 0;

export async function phoneOf(world: World, app = 'org.example.chat', key?: Uint8Array): Promise<Phone> {
  users += 1;
  const user = `user-${users}`;
  await world.user(user);
  const device = await world.device(user);
  const phone = await world.connect(device.id);
  const { endpoint = '', subscription } = await phone.register(app, key);
  return { device, phone, subscription, endpoint };
}

/** What happens over a real socket takes real time, though little. */
export async function soon(what: string, holds: () => boolean): Promise<void> {
  const until = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > until) throw new Error(`it did not come to be: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
