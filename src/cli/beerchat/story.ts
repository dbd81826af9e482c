// The stage of the BeerChat story: a gateway with its pages on a clock that can be sped up, app servers as processes of their own, and devices.
// The demo and the acceptance test play on it.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { ScaledTime } from '../../../firmware-sim/live/scaled-time.js';
import { createGateway } from '../../gateway/gateway.js';
import type { RunningGateway } from '../../gateway/gateway.js';
import { AppRegistration } from '../../gateway/app-registration.js';
import { hashSecret } from '../../gateway/secrets.js';
import { Accounts } from '../../http/account/accounts.js';
import { createHttpApp } from '../../http/app.js';
import { HttpFront } from '../../http/front.js';
import { createPrometheusMetrics } from '../../http/metrics.js';
import { readPages } from '../../http/pages.js';
import { createMqttFront } from '../../mqtt/front.js';
import type { MqttFront } from '../../mqtt/front.js';
import { noLog } from '../../ports/log.js';
import type { Store } from '../../ports/store.js';
import { createMemoryStore } from '../../store/memory/memory-store.js';
import { version } from '../version.js';
import { StoryDevice } from './story-device.js';

const root = join(import.meta.dirname, '../../../..');

/** One gateway of the story; two may share a clock. */
export class StoryGateway {
  readonly url: string;
  readonly gateway: RunningGateway;
  readonly store: Store;
  readonly #accounts: Accounts;
  readonly #mqtt: MqttFront;
  readonly #http: HttpFront;
  readonly #mqttPort: number;
  readonly #time: ScaledTime;

  private constructor(parts: {
    readonly url: string;
    readonly gateway: RunningGateway;
    readonly store: Store;
    readonly accounts: Accounts;
    readonly mqtt: MqttFront;
    readonly http: HttpFront;
    readonly mqttPort: number;
    readonly time: ScaledTime;
  }) {
    this.url = parts.url;
    this.gateway = parts.gateway;
    this.store = parts.store;
    this.#accounts = parts.accounts;
    this.#mqtt = parts.mqtt;
    this.#http = parts.http;
    this.#mqttPort = parts.mqttPort;
    this.#time = parts.time;
  }

  static async open(time: ScaledTime, httpPort = 0): Promise<StoryGateway> {
    // Known once it listens.
    const listening: { url?: string } = {};
    const publicUrl = (): string | undefined => listening.url;
    const store = createMemoryStore();
    const { metrics, scrape, figures } = createPrometheusMetrics({ counts: () => store.counts() });
    const gateway = await createGateway({ store, clock: time, log: noLog, metrics, randomBytes, every: time.every, publicUrl });
    const mqtt = await createMqttFront({ gateway, clock: time, log: noLog, metrics, deadlines: gateway.deadlines });
    const { port: mqttPort } = await mqtt.listenTcp({ port: 0, host: '127.0.0.1' });
    const shared = { store, clock: time, publicUrl };
    const accounts = new Accounts({ ...shared, randomBytes, registry: gateway.registry });
    const appRegistration = new AppRegistration({ registry: gateway.registry, store, randomBytes, byUsers: false });
    const app = await createHttpApp({
      gateway, operations: gateway, scrape, log: noLog, version, adminTokenHash: hashSecret(randomBytes(32).toString('hex')),
      backup: async function* () {},
      listening: () => [],
      pages: readPages(join(root, 'dist/web')),
      presence: { presence: gateway.presence, clock: time, deadlines: gateway.deadlines },
      authorization: { ...shared, randomBytes, registry: gateway.registry, log: noLog, sessions: accounts.sessions },
      console: { ...shared, accounts, appRegistration, figures, deadlines: gateway.deadlines, users: gateway.users },
    });
    const http = new HttpFront({ app, log: noLog, onMqttSocket: (socket, address) => mqtt.acceptWebSocket(socket, address) });
    const { port } = await http.listen({ port: httpPort, host: '127.0.0.1' });
    const url = (listening.url = `http://localhost:${port}`);
    return new StoryGateway({ url, gateway, store, accounts, mqtt, http, mqttPort, time });
  }

  /** A link to make an account. */
  async invitation(): Promise<string> {
    const made = await this.#accounts.invitations.make({ operator: false });
    if (typeof made === 'string') throw new Error(made);
    return `${this.url}/join#${made.token}`;
  }

  async register(name: string, redirectUri: string): Promise<AppCredentials> {
    const added = await this.gateway.registry.addApp({ name, redirectUris: [redirectUri] });
    if (!added.ok) throw new Error(added.error.message);
    return { issuer: this.url, clientId: added.value.id, clientSecret: added.value.secret };
  }

  device(name: string, apps: readonly string[], onChange: () => void): Promise<StoryDevice> {
    return StoryDevice.open({ name, apps, onChange, time: this.#time, gateway: this.url, mqttPort: this.#mqttPort });
  }

  async close(): Promise<void> {
    await this.#mqtt.stop();
    await this.#http.close(0);
    await this.gateway.stop();
  }
}

export interface AppCredentials {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** An app server in a process of its own, as somebody else would run it. */
export interface AppProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Registers BeerChat, or another app that works the same, with each of the gateways, and starts it. */
export async function startBeerChat(gateways: readonly StoryGateway[], name = 'BeerChat', wantedPort = 0): Promise<AppProcess> {
  const port = wantedPort === 0 ? await freePort() : wantedPort;
  const url = `http://localhost:${port}`;
  const credentials = await Promise.all(gateways.map((gateway) => gateway.register(name, `${url}/lowbeat`)));
  const child = spawn(process.execPath, [join(root, 'dist/examples/beerchat/main.js')], {
    env: { ...process.env, BEERCHAT_NAME: name, BEERCHAT_PORT: String(port), BEERCHAT_URL: url, BEERCHAT_GATEWAYS: JSON.stringify(credentials) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await ready(child, name);
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function ready(child: ChildProcess, name: string): Promise<void> {
  if (child.stdout === null) throw new Error('its output is not to be read');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith(`${name} is at`)) {
      child.stdout.resume();
      return;
    }
  }
  throw new Error(`${name} ended before it was ready`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const skippingSpeed = 4_000;

/** Goes on to an instant, as fast as everything that happens on the way allows. */
export async function skipTo(time: ScaledTime, atMs: number): Promise<void> {
  const speed = time.speed;
  time.speed = skippingSpeed;
  await new Promise<void>((resolve) => time.set(atMs - time.nowMs(), resolve));
  time.speed = speed;
}
