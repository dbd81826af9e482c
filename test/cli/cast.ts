// Who takes part in a test against a real gateway: users, devices, apps, and what they call to do their part.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { GatewayClient } from '../../src/cli/gateway-client.js';
import type { Outcome } from '../../src/gateway/outcome.js';
import { run } from './processes.js';
import type { Finished, GatewayProcess, Ports } from './processes.js';

export type RunningGateway = GatewayProcess & { ports: Ports };

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** The operator of a gateway, through the client that the command line uses. */
export class Operator {
  readonly #gateway: RunningGateway;

  constructor(gateway: RunningGateway) {
    this.#gateway = gateway;
  }

  get client(): GatewayClient {
    return new GatewayClient({
      url: `http://127.0.0.1:${this.#gateway.ports.httpPort}`,
      adminToken: readFileSync(join(this.#gateway.data, 'admin-token'), 'utf8').trim(),
    });
  }

  async user(name: string): Promise<string> {
    return value(await this.client.addUser({ name })).name;
  }

  async device(user: string): Promise<Credentials> {
    const { id, token } = value(await this.client.addDevice({ user }));
    return { id, secret: token };
  }

  async app(name: string): Promise<Credentials> {
    return value(await this.client.addApp({ name }));
  }

  async grant(user: string, app: string, scopes: readonly string[] = ['notify']): Promise<string> {
    return value(await this.client.addGrant({ user, app, scopes })).uid;
  }

  /** Notifications that wait in the store. */
  async waiting(): Promise<number> {
    return value(await this.client.status()).store?.waitingNotifications ?? NaN;
  }

  /** A line of /metrics: `metric('frames_malformed_total', 'unreadable')`; 0 while it was never counted. */
  async metric(name: string, reason?: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#gateway.ports.httpPort}/metrics`);
    const label = reason === undefined ? '' : `{reason="${reason}"}`;
    const line = (await response.text()).split('\n').find((text) => text.startsWith(`lowbeat_${name}${label} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }
}

/** The stock client of Debian's mosquitto-clients as an app server; resolves when it ended, 0 after PUBACK. */
export function mosquittoPub(
  ports: Ports,
  app: Credentials,
  topic: string,
  message: string | Uint8Array,
  more: readonly string[] = [],
): Promise<Finished> {
  const content = message.length === 0 ? '-n' : '-s';
  return run('mosquitto_pub', [...mosquittoOptions(ports, app), '-t', topic, content, '-q', '1', ...more], { input: message });
}

/** Connection options of mosquitto_pub and mosquitto_sub. */
export function mosquittoOptions(ports: Ports, { id, secret }: Credentials): string[] {
  return ['-h', '127.0.0.1', '-p', String(ports.mqttPort), '-i', id, '-u', id, '-P', secret];
}

/** Waits until `check` holds, asking again and again; for what another process does. */
export async function until(what: string, check: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`within ${withinMs} ms it did not come that ${what}`);
    await wait(20);
  }
}

function value<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
  return outcome.value;
}
