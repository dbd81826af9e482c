// The acceptance test of the standard door: `web-push` 3.6.7 unmodified in a process of its own, over HTTPS with a self-signed certificate
// that it trusts through NODE_EXTRA_CA_CERTS, to devices over MQTT; `lowbeat serve` and `lowbeat device run` as anybody starts them.

import { writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import t from 'tap';
import type { Test } from 'tap';
import webPush from 'web-push';
import type { RequestOptions } from 'web-push';

import { createDevice } from '../../src/device/index.js';
import type { AppRegistration, Device, PushKeys } from '../../src/device/index.js';
import { Operator } from '../cli/cast.js';
import type { Credentials } from '../cli/cast.js';
import { RunningProgram, startGateway, startLowbeat } from '../cli/processes.js';
import { selfSigned } from '../device/certificate.js';
import type { SendAnswer, SendRequest } from './web-push-sender.js';

t.setTimeout(120_000);
const folder = t.testdir();
const data = join(folder, 'data');
const certificate = selfSigned();
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
writeFileSync(cert, certificate.cert);
writeFileSync(key, certificate.key);

/** The HTTPS port must stay the same over a restart: it is part of every endpoint. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const httpsPort = await freePort();
const publicUrl = `https://localhost:${httpsPort}`;
const start = (url = publicUrl, port = httpsPort) => startGateway(data, [
  '--https-port', String(port), '--tls-cert', cert, '--tls-key', key, '--public-url', url,
]);
let gateway = await start();
t.teardown(() => gateway.end('SIGKILL'));
const operator = (): Operator => new Operator(gateway);
await operator().user('anna');

const sender = new RunningProgram(process.execPath, [join(import.meta.dirname, 'web-push-sender.js')], {
  env: { NODE_EXTRA_CA_CERTS: cert },
});
t.teardown(() => sender.end('SIGKILL'));

interface Subscription {
  readonly endpoint: string;
  readonly keys: PushKeys;
}

function subscribed({ endpoint, keys }: AppRegistration): Subscription {
  if (endpoint === undefined || keys === undefined) throw new Error('the gateway gave out no endpoint');
  return { endpoint, keys };
}

let sent = 0;
async function send(subscription: Subscription, payload: string | Uint8Array | undefined, options: RequestOptions = {}): Promise<SendAnswer> {
  sent += 1;
  const number = sent;
  const request: SendRequest = {
    number, subscription, options, ...(payload !== undefined && { payload: Buffer.from(payload).toString('base64') }),
  };
  sender.child.stdin?.write(`${JSON.stringify(request)}\n`);
  return JSON.parse(await sender.line((line) => line.startsWith(`{"number":${number},`))) as SendAnswer;
}

const codeOf = ({ body }: SendAnswer): string => (JSON.parse(body) as { code: string }).code;

/** A request of a sender to one of the resources that it was told. */
function ask(method: string, url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string; next: string }> {
  return new Promise((resolve, reject) => {
    httpsRequest(url, { method, headers, ca: certificate.cert }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      }).on('end', () => {
        const [, next = ''] = /<([^>]+)>; rel="next"/.exec(String(response.headers['link'])) ?? [];
        resolve({ status: response.statusCode ?? 0, body, next });
      });
    }).on('error', reject).end();
  });
}

interface Notified {
  readonly event: string;
  readonly app: string;
  readonly id: number;
  readonly text: string;
  readonly bytes: string;
}

/** `lowbeat device run --json` in a process of its own. */
class Phone {
  readonly credentials: Credentials;
  readonly program: RunningProgram;

  constructor(credentials: Credentials, program: RunningProgram) {
    this.credentials = credentials;
    this.program = program;
  }

  static async begin(t: Test, credentials?: Credentials, more: readonly string[] = []): Promise<Phone> {
    const known = credentials ?? await operator().device('anna');
    const program = startLowbeat([
      'device', 'run', '--gateway', `mqtt://127.0.0.1:${gateway.ports.mqttPort}`, '--id', known.id, '--token', known.secret,
      '--app', 'chat', '--json', '--interval', '30', '--state', join(folder, `${known.id}.json`), ...more,
    ]);
    t.teardown(() => program.end('SIGKILL'));
    return new Phone(known, program);
  }

  async registered(): Promise<Subscription> {
    const { endpoint, keys } = JSON.parse(await this.program.line((line) => line.includes('"event":"registered"'))) as Subscription;
    return { endpoint, keys };
  }

  /** The nth notification that it printed, from 0. */
  async notified(n: number): Promise<Notified> {
    for (let from = 0, seen = 0; ; seen += 1) {
      const line = await this.program.line((one) => one.includes('"event":"notification"'), from);
      if (seen === n) return JSON.parse(line) as Notified;
      from = this.program.lines.indexOf(line, from) + 1;
    }
  }

  get texts(): readonly string[] {
    return this.program.lines.filter((line) => line.includes('"event":"notification"')).map((line) => (JSON.parse(line) as Notified).text);
  }
}

/** A device in this process, where its link is to come and go, or what it lets through is to change. */
async function device(t: Test, options: { readonly vapid?: string } = {}) {
  const { id, secret } = await operator().device('anna');
  const make = (): { readonly device: Device; readonly texts: string[]; readonly app: ReturnType<Device['app']> } => {
    const texts: string[] = [];
    const made = createDevice({ url: `mqtt://127.0.0.1:${gateway.ports.mqttPort}`, id, token: secret, storage });
    const app = made.app('chat', { onNotification: ({ text }) => {
      texts.push(text);
    } }, options.vapid === undefined ? {} : { applicationServerKey: options.vapid });
    t.teardown(() => made.stop());
    return { device: made, texts, app };
  };
  let kept: string | undefined;
  const storage = {
    load: () => Promise.resolve(kept),
    save: (state: string) => {
      kept = state;
      return Promise.resolve();
    },
  };
  return { id, secret, make };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 25) {
    if (await holds()) return;
    await wait(25);
  }
  throw new Error(`waited in vain: ${what}`);
}

await t.test('payload, no payload and a body of 4096 bytes reach the device as they were', async (t) => {
  const phone = await Phone.begin(t);
  const subscription = await phone.registered();
  t.ok(subscription.endpoint.startsWith(`${publicUrl}/push/`), subscription.endpoint);
  const hello = await send(subscription, 'Grüße, 世界');
  t.match(hello, { resolved: true, statusCode: 201, headers: { location: new RegExp(`^${publicUrl}/message/`), ttl: '2419200' } });
  t.match(await phone.notified(0), { app: 'chat', text: 'Grüße, 世界', bytes: Buffer.from('Grüße, 世界').toString('base64url') });
  t.match(await send(subscription, undefined), { statusCode: 201 });
  t.match(await phone.notified(1), { text: '', bytes: '' }, 'a bare wake-up');
  const largest = Buffer.alloc(3_993, 'ä');
  t.match(await send(subscription, largest), { statusCode: 201 }, 'with what encryption adds: 4096');
  t.equal((await phone.notified(2)).bytes, largest.toString('base64url'));
  const beyond = await send(subscription, Buffer.alloc(3_994));
  t.match(beyond, { resolved: false, statusCode: 413 });
  t.equal(codeOf(beyond), 'payload-too-large');
  const raw = await Phone.begin(t, undefined, ['--raw']);
  await send(await raw.registered(), 'sealed');
  t.notMatch((await raw.notified(0)).text, 'sealed', 'who asks for the raw bytes gets them');
});

await t.test('a topic replaces what waits', async (t) => {
  const { make } = await device(t);
  const first = make();
  await first.device.start();
  const subscription = subscribed(await first.app.registered());
  await first.device.stop();
  for (const text of ['one', 'two', 'three']) t.match(await send(subscription, text, { topic: 'score' }), { statusCode: 201 });
  await send(subscription, 'other', { topic: 'weather' });
  const again = make();
  await again.device.start();
  await until('both', () => again.texts.length === 2);
  t.same(again.texts, ['three', 'other']);
});

await t.test('urgency: what the device does not let through waits until it does', async (t) => {
  const { make } = await device(t);
  const { device: phone, texts, app } = make();
  await phone.start();
  const subscription = subscribed(await app.registered());
  phone.setMinimumUrgency('high');
  await until('its minimum', async () => {
    const listed = await operator().client.devices({});
    return listed.ok && listed.value.items.some(({ minimumUrgency }) => minimumUrgency === 'high');
  });
  await send(subscription, 'later', { urgency: 'normal' });
  await send(subscription, 'urgent', { urgency: 'high' });
  await until('the urgent one', () => texts.length > 0);
  t.same(texts, ['urgent']);
  phone.setMinimumUrgency('very-low');
  await until('the other', () => texts.length === 2);
  t.same(texts, ['urgent', 'later']);
});

await t.test('TTL 0 is now or never, and what has expired never comes', async (t) => {
  const { make } = await device(t);
  const first = make();
  await first.device.start();
  const subscription = subscribed(await first.app.registered());
  t.match(await send(subscription, 'now', { TTL: 0 }), { statusCode: 201, headers: { ttl: '0' } });
  await until('what is now', () => first.texts.length === 1);
  await first.device.stop();
  t.match(await send(subscription, 'never', { TTL: 0 }), { statusCode: 201 });
  t.match(await send(subscription, 'expired', { TTL: 1 }), { statusCode: 201, headers: { ttl: '1' } });
  await wait(1_100);
  await send(subscription, 'kept', { TTL: 60 });
  const again = make();
  await again.device.start();
  await until('what was kept', () => again.texts.length > 0);
  t.same(again.texts, ['kept']);
});

await t.test('receipts come to whoever asked for them in a header', async (t) => {
  const { make } = await device(t);
  const first = make();
  await first.device.start();
  const subscription = subscribed(await first.app.registered());
  await first.device.stop();
  const prefer = { headers: { Prefer: 'respond-async' } };
  const kept = await send(subscription, 'kept', prefer);
  t.match(kept, { resolved: true, statusCode: 202, headers: { link: /rel="urn:ietf:params:push:receipt"/ } });
  const lost = await send(subscription, 'lost', { ...prefer, TTL: 1 });
  t.equal(lost.headers['link'], kept.headers['link'], 'the same subscription for the same sender');
  const url = /<([^>]+)>/.exec(kept.headers['link'] ?? '')?.[1] ?? '';
  t.match(await ask('GET', url, { prefer: 'wait=0' }), { status: 204, body: '' }, 'nothing yet');
  const held = ask('GET', url, { prefer: 'wait=30' });
  await wait(1_100);
  const again = make();
  await again.device.start();
  const { body, next } = await held;
  t.match(JSON.parse(body), [{ message: kept.headers['location'], status: 204 }]);
  t.same(again.texts, ['kept']);
  // An expired message is given up with a lag that leaves room for an acknowledgement under way.
  const given = await ask('GET', next, { prefer: 'wait=50' });
  t.match(JSON.parse(given.body), [{ message: lost.headers['location'], status: 410 }]);
});

await t.test('a removed subscription is gone, one that never was is unknown', async (t) => {
  const phone = await Phone.begin(t);
  const subscription = await phone.registered();
  const { id, secret } = phone.credentials;
  const line = await phone.program.line((one) => one.includes('"event":"registered"'));
  const name = (JSON.parse(line) as { subscription: string }).subscription;
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  t.match(await ask('DELETE', `${publicUrl}/subscription/${name}`, { authorization }), { status: 204 });
  const gone = await send(subscription, 'too late');
  t.match(gone, { resolved: false, statusCode: 410 });
  t.equal(codeOf(gone), 'gone');
  const unknown = await send({ ...subscription, endpoint: `${publicUrl}/push/${'A'.repeat(78)}` }, 'nobody');
  t.match(unknown, { resolved: false, statusCode: 404 });
});

await t.test('a restricted endpoint takes its own key and no other', async (t) => {
  const [own, other] = [webPush.generateVAPIDKeys(), webPush.generateVAPIDKeys()];
  const phone = await Phone.begin(t, undefined, ['--vapid', own.publicKey]);
  const subscription = await phone.registered();
  const vapidDetails = { subject: 'mailto:server@example.org', ...own };
  t.match(await send(subscription, 'signed', { vapidDetails }), { resolved: true, statusCode: 201 });
  t.match(await phone.notified(0), { text: 'signed' });
  const wrong = await send(subscription, 'wrong', { vapidDetails: { ...vapidDetails, ...other } });
  t.match(wrong, { resolved: false, statusCode: 403 });
  const none = await send(subscription, 'unsigned');
  t.match(none, { resolved: false, statusCode: 401, headers: { 'www-authenticate': 'vapid' } });
  await send(subscription, 'again', { vapidDetails });
  t.match(await phone.notified(1), { text: 'again' }, 'nothing in between');
});

await t.test('a sender takes its message back', async (t) => {
  const { make } = await device(t);
  const first = make();
  await first.device.start();
  const subscription = subscribed(await first.app.registered());
  await first.device.stop();
  const wrong = await send(subscription, 'a mistake');
  await send(subscription, 'as it should be');
  t.match(await ask('DELETE', wrong.headers['location'] ?? ''), { status: 204 });
  t.match(await ask('DELETE', wrong.headers['location'] ?? ''), { status: 410 });
  const again = make();
  await again.device.start();
  await until('the other', () => again.texts.length > 0);
  t.same(again.texts, ['as it should be']);
});

await t.test('what was answered survives a kill, and endpoints and receipts do, too; also when the gateway moves', async (t) => {
  const { make } = await device(t);
  const first = make();
  await first.device.start();
  const subscription = subscribed(await first.app.registered());
  await first.device.stop();
  const kept = await send(subscription, 'before the kill', { headers: { Prefer: 'respond-async' } });
  t.equal(kept.statusCode, 202);
  await gateway.end('SIGKILL');
  gateway = await start();
  t.match(await send(subscription, 'after it'), { statusCode: 201 }, 'the same endpoint');
  const again = make();
  await again.device.start();
  await until('both', () => again.texts.length === 2);
  t.same(again.texts, ['before the kill', 'after it']);
  const url = /<([^>]+)>/.exec(kept.headers['link'] ?? '')?.[1] ?? '';
  t.match(JSON.parse((await ask('GET', url, { prefer: 'wait=20' })).body), [{ message: kept.headers['location'], status: 204 }]);
  await again.device.stop();

  await gateway.end('SIGTERM');
  const moved = await freePort();
  gateway = await start(`https://127.0.0.1:${moved}`, moved);
  const elsewhere = make();
  await elsewhere.device.start();
  let { endpoint } = subscription;
  // What it knew from before holds until the gateway has told the device of its new origin.
  await until('the new endpoint', async () => {
    ({ endpoint } = subscribed(await elsewhere.app.registered()));
    return !endpoint.startsWith(publicUrl);
  });
  t.equal(endpoint.replace(`https://127.0.0.1:${moved}`, publicUrl), subscription.endpoint, 'the origin is another, the rest is not');
  t.match(await send({ ...subscription, endpoint }, 'moved'), { statusCode: 201 });
  await until('what came after the move', () => elsewhere.texts.includes('moved'));
});
