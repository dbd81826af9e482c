// BeerChat over HTTP: its page, its few actions, and a stream of what its page shows. Plain node:http, so that every line is to be seen.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Chat } from './chat.js';
import { Lowbeat } from './lowbeat.js';
import type { GatewaySettings } from './lowbeat.js';
import { pageOf } from './page.js';

export interface BeerChatOptions {
  /** What people and Lowbeat call it. */
  readonly name: string;
  /** As browsers reach it; redirect address is `/lowbeat` under it. */
  readonly url: string;
  readonly port: number;
  /** People pick one of them as theirs. */
  readonly gateways: readonly GatewaySettings[];
}

interface Session {
  readonly id: string;
  key: string | undefined;
  /** An authorization that is under way. */
  asked: { readonly state: string; readonly verifier: string; readonly gateway: Lowbeat } | undefined;
}

const mostSessions = 10_000;
const mostBodyBytes = 4_096;
const aliveMs = 15_000;

export class BeerChat {
  readonly #options: BeerChatOptions;
  readonly #chat = new Chat((key) => this.#push(key));
  readonly #gateways: readonly Lowbeat[];
  readonly #sessions = new Map<string, Session>();
  readonly #streams = new Map<ServerResponse, string>();
  readonly #server: Server;

  constructor(options: BeerChatOptions) {
    this.#options = options;
    this.#gateways = options.gateways.map((settings) => new Lowbeat({
      ...settings,
      redirectUri: `${options.url}/lowbeat`,
      onPresence: (uid, state) => this.#chat.presence({ issuer: settings.issuer, uid }, state),
      onWarning: (text) => console.error(`${options.name}: ${text}`),
    }));
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        console.error(`${options.name}:`, error);
        if (!response.headersSent) json(response, 500, { problem: 'That went wrong.' });
      });
    });
  }

  async start(): Promise<number> {
    for (const gateway of this.#gateways) gateway.start();
    await new Promise<void>((resolve) => this.#server.listen(this.#options.port, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const gateway of this.#gateways) gateway.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#options.url);
    const session = this.#sessionOf(request, response);
    if (request.method === 'POST') {
      // Another site's page cannot send this header without asking first.
      if (request.headers['x-beerchat'] !== '1') return json(response, 403, { problem: 'Not from this page.' });
      return this.#act(pathname, session, await bodyOf(request), response);
    }
    switch (pathname) {
      case '/': return html(response, pageOf(this.#options.name, this.#gateways.map(({ issuer }) => issuer)));
      case '/events': return this.#stream(session, response);
      case '/connect': return this.#connect(session, searchParams.get('issuer'), response);
      case '/lowbeat': return this.#back(session, searchParams, response);
      default: return json(response, 404, { problem: 'There is nothing here.' });
    }
  }

  async #act(path: string, session: Session, body: Readonly<Record<string, unknown>>, response: ServerResponse): Promise<unknown> {
    const text = (name: string): string => (typeof body[name] === 'string' ? body[name] : '');
    if (path === '/enter') {
      session.key = this.#chat.enter(text('name'));
      return session.key === undefined ? json(response, 400, { problem: 'A name has up to 32 letters and digits.' }) : json(response, 200, {});
    }
    const { key } = session;
    if (key === undefined) return json(response, 401, { problem: 'Say who you are first.' });
    const friend = text('friend').toLowerCase();
    switch (path) {
      case '/befriend': return said(response, this.#chat.befriend(key, friend), 'A friend has another name, of letters and digits.');
      case '/say': return said(response, this.#chat.say(key, friend, text('text')), 'Only friends hear each other, up to 500 characters.');
      case '/ring': return this.#ring(key, friend, response);
      default: return json(response, 404, { problem: 'There is nothing here.' });
    }
  }

  async #ring(key: string, friend: string, response: ServerResponse): Promise<ServerResponse> {
    if (this.#chat.rung(key, friend)) return json(response, 200, { told: 'Rung.' });
    const address = this.#chat.addressOf(key, friend);
    const gateway = this.#gateways.find(({ issuer }) => issuer === address?.issuer);
    const name = this.#chat.nameOf(friend);
    if (address === undefined || gateway === undefined) return json(response, 409, { problem: `${name} cannot be rung at the moment.` });
    const from = this.#chat.nameOf(key);
    const result = await gateway.ring(address.uid, {
      title: `${from} wants to talk with you`, action: 'Respond', url: `${this.#options.url}/#${encodeURIComponent(from)}`,
    }, `ring-${key}`);
    if (result === 'accepted') return json(response, 200, { told: 'Rung.' });
    if (result === 'revoked') this.#chat.presence(address, 'revoked');
    return json(response, 409, { problem: `${name} cannot be rung at the moment.` });
  }

  #connect(session: Session, issuer: string | null, response: ServerResponse): ServerResponse {
    const gateway = this.#gateways.find((one) => one.issuer === issuer);
    if (session.key === undefined || gateway === undefined) return json(response, 400, { problem: 'Say who you are first, and pick a gateway.' });
    const state = randomBytes(16).toString('base64url');
    const { url, verifier } = gateway.authorization(state);
    session.asked = { state, verifier, gateway };
    return response.writeHead(303, { location: url }).end();
  }

  /** The user is back from the doorhanger. */
  async #back(session: Session, query: URLSearchParams, response: ServerResponse): Promise<ServerResponse> {
    const { asked, key } = session;
    session.asked = undefined;
    if (asked === undefined || key === undefined || asked.state !== query.get('state')) return json(response, 400, { problem: 'Nobody here asked for that.' });
    const code = query.get('code');
    if (code !== null) {
      const uid = await asked.gateway.trade(code, asked.verifier);
      this.#chat.connect(key, { issuer: asked.gateway.issuer, uid }, asked.gateway.stateOf(uid));
    }
    return html(response, `<!doctype html><title>${code === null ? 'Not allowed' : 'Connected'}</title><script>if (opener) close(); else location.replace('/')</script>`);
  }

  #stream(session: Session, response: ServerResponse): ServerResponse {
    const { key } = session;
    if (key === undefined) return json(response, 401, { problem: 'Say who you are first.' });
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.#streams.set(response, key);
    const alive = setInterval(() => response.write(':\n\n'), aliveMs);
    response.on('close', () => {
      clearInterval(alive);
      this.#streams.delete(response);
      this.#chat.pageClosed(key);
    });
    this.#chat.pageOpened(key);
    return response;
  }

  #push(key: string): void {
    for (const [response, whose] of this.#streams) {
      if (whose === key) response.write(`data: ${JSON.stringify(this.#chat.view(key))}\n\n`);
    }
  }

  #sessionOf(request: IncomingMessage, response: ServerResponse): Session {
    const cookie = `beerchat_${new URL(this.#options.url).port}`;
    const id = new RegExp(`(?:^|; )${cookie}=([\\w-]{22})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1];
    const known = id === undefined ? undefined : this.#sessions.get(id);
    if (known !== undefined) return known;
    const session: Session = { id: randomBytes(16).toString('base64url'), key: undefined, asked: undefined };
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= mostSessions && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(session.id, session);
    // Lax: the way back from the gateway is a link from elsewhere.
    response.setHeader('set-cookie', `${cookie}=${session.id}; HttpOnly; SameSite=Lax; Path=/`);
    return session;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > mostBodyBytes) return {};
  }
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body as Readonly<Record<string, unknown>> : {};
  } catch {
    return {};
  }
}

function said(response: ServerResponse, well: boolean, problem: string): ServerResponse {
  return json(response, well ? 200 : 400, well ? {} : { problem });
}

function json(response: ServerResponse, status: number, body: object): ServerResponse {
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function html(response: ServerResponse, text: string): ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(text);
}
