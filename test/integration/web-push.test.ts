// Acceptance of the Web Push door: `web-push`, unmodified, against a gateway with a certificate of its own, end to end to a
// device over MQTT. Every part is a process of its own.

import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import t from 'tap';
import webpush from 'web-push';
import type { RequestOptions } from 'web-push';

import { Operator, until } from '../cli/cast.js';
import type { Credentials } from '../cli/cast.js';
import { RunningProgram, startGateway, startLowbeat } from '../cli/processes.js';
import { selfSigned } from '../device/certificate.js';
import type { SendAnswer, SendCommand } from './web-push-sender.js';

t.setTimeout(120_000);
const folder = t.testdir();
const certificate = selfSigned();
const certificateFile = join(folder, 'cert.pem');
const keyFile = join(folder, 'key.pem');
writeFileSync(certificateFile, certificate.cert);
writeFileSync(keyFile, certificate.key);
const gateway = await startGateway(join(folder, 'data'), [
  '--https-port', '0', '--tls-cert', certificateFile, '--tls-key', keyFile,
]);
t.teardown(() => gateway.end('SIGKILL'));
const { ports } = gateway;
const operator = new Operator(gateway);
const origin = `https://127.0.0.1:${ports.httpsPort}`;
await operator.user('anna');

const vapid = { subject: 'mailto:operator@example.org', ...webpush.generateVAPIDKeys() };

/** The application server. */
class Sender {
  readonly program = new RunningProgram(
    process.execPath, [join(import.meta.dirname, 'web-push-sender.js')], { env: { NODE_EXTRA_CA_CERTS: certificateFile } },
  );
  #sent = 0;

  async send(subscription: Registered, payload?: string | Buffer, options: RequestOptions = {}): Promise<SendAnswer> {
    const { endpoint, keys } = subscription;
    const command: SendCommand = {
      subscription: { endpoint, keys },
      ...(payload !== undefined && { payload: Buffer.from(payload).toString('base64') }),
      options: { vapidDetails: vapid, TTL: 60, ...options },
    };
    const from = this.#sent;
    this.#sent += 1;
    this.program.child.stdin?.write(`${JSON.stringify(command)}\n`);
    return JSON.parse(await this.program.line(() => true, from)) as SendAnswer;
  }
}

interface Registered {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

interface Event {
  readonly event: string;
  readonly app: string;
  readonly text: string;
  readonly bytes: string;
}

/** A device with one app. */
class Device {
  readonly credentials: Credentials;
  readonly #args: readonly string[];
  readonly #state: string;
  readonly #seen: Event[] = [];
  program: RunningProgram;

  constructor(credentials: Credentials, ...args: readonly string[]) {
    this.credentials = credentials;
    this.#args = args;
    this.#state = join(folder, `${credentials.id}.json`);
    this.program = this.#start();
  }

  #start(): RunningProgram {
    const { id, secret } = this.credentials;
    return startLowbeat([
      'device', 'run', '--gateway', `mqtt://127.0.0.1:${ports.mqttPort}`, '--id', id, '--token', secret,
      '--state', this.#state, '--json', ...this.#args,
    ]);
  }

  comeBack(): void {
    this.program = this.#start();
  }

  async leave(): Promise<void> {
    const { stdout } = await this.program.end('SIGTERM');
    this.#seen.push(...eventsOf(stdout.split('\n')));
    await until('nobody is linked', async () => (await operator.metric('links')) === 0);
  }

  async registered(): Promise<Registered> {
    const line = await this.program.line((text) => text.includes('"event":"registered"'));
    return JSON.parse(line) as Registered;
  }

  get notifications(): readonly Event[] {
    return [...this.#seen, ...eventsOf(this.program.lines)].filter(({ event }) => event === 'notification');
  }

  get texts(): readonly string[] {
    return this.notifications.map(({ text }) => text);
  }

  async has(count: number): Promise<void> {
    await until(`${count} notifications came, not ${this.notifications.length}`, () => this.notifications.length >= count);
  }
}

function eventsOf(lines: readonly string[]): Event[] {
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Event);
}

async function newDevice(...args: readonly string[]): Promise<Device> {
  return new Device(await operator.device('anna'), ...args);
}

/** A request with the same trust as the application server has. */
async function ask(method: string, url: string, headers: Readonly<Record<string, string>> = {}): Promise<SendAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, ca: certificate.cert }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      }).on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, body });
      });
    });
    asked.on('error', reject).end();
  });
}

function codeOf({ body }: SendAnswer): string {
  return (JSON.parse(body) as { code: string }).code;
}

const sender = new Sender();
t.teardown(() => sender.program.end('SIGKILL'));

await t.test('web-push reaches a device with one restricted endpoint', async (t) => {
  const device = await newDevice('--app', 'org.example.chat', '--vapid', vapid.publicKey);
  t.teardown(() => device.program.end('SIGKILL'));
  const registered = await device.registered();
  t.ok(registered.endpoint.startsWith(`${origin}/push/`), registered.endpoint);
  t.equal(Buffer.from(registered.keys.p256dh, 'base64url').length, 65);
  t.equal(Buffer.from(registered.keys.auth, 'base64url').length, 16);

  await t.test('a payload', async (t) => {
    const answer = await sender.send(registered, 'When I grow up, I want to be a watermelon');
    t.equal(answer.status, 201, answer.body);
    t.ok(answer.headers['location']?.startsWith(`${origin}/message/`));
    t.equal(answer.headers['ttl'], '60');
    await device.has(1);
    t.equal(device.texts[0], 'When I grow up, I want to be a watermelon');
    t.equal(device.notifications[0]?.app, 'org.example.chat');
  });

  await t.test('bytes that are no text', async (t) => {
    const bytes = Buffer.from([0, 255, 128, 10, 13, 254]);
    t.equal((await sender.send(registered, bytes)).status, 201);
    await device.has(2);
    t.equal(device.notifications[1]?.bytes, bytes.toString('base64url'));
  });

  await t.test('no payload', async (t) => {
    t.equal((await sender.send(registered)).status, 201);
    await device.has(3);
    t.equal(device.texts[2], '');
  });

  await t.test('web-push 6: a body of 4096 bytes, and one more', async (t) => {
    const most = 'x'.repeat(3_993);
    t.equal((await sender.send(registered, most)).status, 201);
    await device.has(4);
    t.equal(device.texts[3], most);
    const refused = await sender.send(registered, `${most}x`);
    t.equal(refused.status, 413);
    t.equal(codeOf(refused), 'payload-too-large');
    t.match(refused.headers, { 'content-type': /^application\/problem\+json/ });
  });

  await t.test('another key, and none', async (t) => {
    const other = { subject: vapid.subject, ...webpush.generateVAPIDKeys() };
    const refused = await sender.send(registered, 'from another', { vapidDetails: other });
    t.equal(refused.status, 403, refused.body);
    const unsigned = await sender.send(registered, 'from nobody', { vapidDetails: null as never });
    t.equal(unsigned.status, 401, unsigned.body);
    t.match(unsigned.headers['www-authenticate'], /vapid/i);
  });

  await t.test('topic, TTL 0 and expiry, while the device is away', async (t) => {
    await device.leave();
    const before = device.notifications.length;
    t.equal((await sender.send(registered, 'first', { topic: 'chat' })).status, 201);
    t.equal((await sender.send(registered, 'second', { topic: 'chat' })).status, 201);
    t.equal((await sender.send(registered, 'never', { TTL: 0 })).status, 201);
    t.equal((await sender.send(registered, 'too late', { TTL: 1 })).status, 201);
    const taken = await sender.send(registered, 'taken back');
    t.equal((await ask('DELETE', taken.headers['location'] ?? '')).status, 204);
    t.equal((await ask('DELETE', taken.headers['location'] ?? '')).status, 410);
    await wait(1_500);
    device.comeBack();
    t.equal((await sender.send(registered, 'last')).status, 201);
    await device.has(before + 2);
    t.same(device.texts.slice(before), ['second', 'last']);
  });

  await t.test('urgency below what the device lets through waits', async (t) => {
    const quiet = await newDevice('--app', 'org.example.chat', '--minimum-urgency', 'normal');
    t.teardown(() => quiet.program.end('SIGKILL'));
    const open = await quiet.registered();
    t.equal((await sender.send(open, 'low', { urgency: 'low', vapidDetails: null as never })).status, 201, 'an open endpoint');
    t.equal((await sender.send(open, 'high', { urgency: 'high' })).status, 201);
    await quiet.has(1);
    t.same(quiet.texts, ['high']);
    t.equal(await operator.waiting(), 1);
  });
});

await t.test('web-push 2, 11: receipts through options.headers, across a restart of nobody but the reader', async (t) => {
  const device = await newDevice('--app', 'org.example.mail');
  t.teardown(() => device.program.end('SIGKILL'));
  const registered = await device.registered();
  const headers = { Prefer: 'respond-async' };
  const answer = await sender.send(registered, 'with receipt', { headers });
  t.equal(answer.status, 202, answer.body);
  const link = /^<([^>]+)>;\s*rel="urn:ietf:params:push:receipt"$/.exec(answer.headers['link'] ?? '')?.[1] ?? '';
  t.ok(link.startsWith(`${origin}/receipts/`));
  await device.has(1);
  await device.leave();
  const late = await sender.send(registered, 'nobody takes it', { headers, TTL: 1 });
  t.equal(late.headers['link'], answer.headers['link'], 'the same sender, the same receipt subscription');
  const found = new Map<string, number>();
  await until('both receipts came', async () => {
    const receipts = await ask('GET', link, { Prefer: 'wait=5' });
    if (receipts.status === 200) {
      for (const { message, status } of JSON.parse(receipts.body) as { message: string; status: number }[]) found.set(message, status);
    }
    return found.size === 2;
  }, 60_000);
  t.equal(found.get(answer.headers['location'] ?? ''), 204);
  t.equal(found.get(late.headers['location'] ?? ''), 410);
});

await t.test('web-push 8, 13: an endpoint that never was, and one that its device ended', async (t) => {
  const device = await newDevice('--app', 'org.example.news');
  t.teardown(() => device.program.end('SIGKILL'));
  const registered = await device.registered() as Registered & { subscription: string };
  const unknown = await sender.send({ ...registered, endpoint: `${registered.endpoint.slice(0, -1)}!` }, 'x');
  t.equal(unknown.status, 404, unknown.body);
  const { id, secret } = device.credentials;
  const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  t.equal((await ask('DELETE', `${origin}/subscription/${registered.subscription}`)).status, 401);
  t.equal((await ask('DELETE', `${origin}/subscription/${registered.subscription}`, { Authorization: basic })).status, 204);
  const gone = await sender.send(registered, 'x');
  t.equal(gone.status, 410, gone.body);
  t.equal(codeOf(gone), 'gone');
});
