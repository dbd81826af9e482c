// Webhooks on the wire: what is sent verifies, what each answer means, and that no byte goes where or when it must not.

import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

import t from 'tap';
import type { Test } from 'tap';

import { limits } from '../../src/core/limits.js';
import { webhookSecretText } from '../../src/gateway/webhook.js';
import { OutgoingFence } from '../../src/outgoing/fence.js';
import { requestOutside } from '../../src/outgoing/request.js';
import { systemClock } from '../../src/ports/clock.js';
import type { WebhookMessage, WebhookRequest, WebhookResult, WebhookWrite } from '../../src/ports/webhook-sender.js';
import { SignedWebhookSender } from '../../src/webhook-sender/signed-webhook-sender.js';
import { signedHeaders } from '../../src/webhook-sender/signature.js';
import { Receiver } from './receiver.js';
import type { Failure } from '../outgoing/misbehaving.js';

const secret = Buffer.from('a secret of thirty-two bytes ...');
let number = 0;

function message(body: unknown = { hello: 'ü' }): WebhookMessage {
  number += 1;
  return { id: `msg_${number}`, atMs: systemClock.nowMs(), body: JSON.stringify(body) };
}

/** Says it at once. */
const saying = (body?: unknown): WebhookRequest['say'] => (write) => {
  write(() => message(body));
  return Promise.resolve();
};

interface Setting {
  readonly receiver: Receiver;
  readonly fence: OutgoingFence;
  readonly send: (say?: WebhookRequest['say'], url?: string) => Promise<WebhookResult>;
}

async function setting(t: Test, options: {
  readonly scheme?: 'http' | 'https'; readonly allow?: (origin: string) => readonly string[]; readonly withinMs?: number;
} = {}): Promise<Setting> {
  const receiver = await Receiver.listen(t, options.scheme);
  receiver.secret = webhookSecretText(secret);
  const allow = options.allow?.(receiver.origin) ?? [receiver.origin, '127.0.0.0/8'];
  const fence = new OutgoingFence({ allow, ca: receiver.certificate.cert });
  t.teardown(() => fence.close());
  const { withinMs } = options;
  const sender = new SignedWebhookSender({ fence, clock: systemClock, ...(withinMs !== undefined && { withinMs }) });
  return { receiver, fence, send: (say = saying(), url = `${receiver.origin}/presence?app=chat`) => sender.send({ url, secret, say }) };
}

await t.test('the signature is that of the specification', (t) => {
  // The example of the reference libraries of Standard Webhooks.
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const headers = signedHeaders({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', atMs: 1_614_265_330_999, body: '{"test": 2432232314}' }, key);
  t.strictSame(headers, {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
  t.end();
});

for (const scheme of ['https', 'http'] as const) {
  await t.test(`a receiver that is strict takes what is sent, over ${scheme}, and keeps its connection`, async (t) => {
    const { receiver, send } = await setting(t, { scheme });
    t.strictSame(await send(), { outcome: 'taken' });
    t.strictSame(await send(saying({ n: 'x'.repeat(8_000) })), { outcome: 'taken' });
    t.strictSame(receiver.complaints, []);
    t.match(receiver.taken, [{ hello: 'ü' }, { n: /^x{8000}$/ }]);
    t.equal(receiver.connections, 1);
  });
}

await t.test('a wrong secret does not verify', async (t) => {
  const { receiver, send } = await setting(t);
  receiver.secret = webhookSecretText(Buffer.from('another'));
  t.match(await send(), { outcome: 'refused', reason: 'the receiver answered 400' });
  t.match(receiver.complaints, [/signature/]);
});

await t.test('each answer says what to do', async (t) => {
  // Long enough for the head of an answer on a machine that is busy.
  const { receiver, send } = await setting(t, { withinMs: 2_000 });
  const cases: readonly (readonly [Failure, object])[] = [
    [{ status: 200 }, { outcome: 'taken' }], [{ status: 202 }, { outcome: 'taken' }], [{ status: 410 }, { outcome: 'gone' }],
    [{ status: 429, headers: { 'retry-after': '120' } }, { outcome: 'later', reason: /429/, afterSeconds: 120 }],
    [{ status: 503, headers: { 'retry-after': 'soon' } }, { outcome: 'later', afterSeconds: undefined }],
    [{ status: 408 }, { outcome: 'later' }], [{ status: 425 }, { outcome: 'later' }], [{ status: 500 }, { outcome: 'later', reason: 'the receiver answered 500' }],
    [{ status: 400 }, { outcome: 'refused' }], [{ status: 401 }, { outcome: 'refused' }], [{ status: 404 }, { outcome: 'refused' }],
    [{ status: 301, headers: { location: 'https://127.0.0.1/' } }, { outcome: 'refused', reason: /301/ }],
    [{ status: 307, headers: { location: '/elsewhere' } }, { outcome: 'refused', reason: /307/ }],
    ['hang', { outcome: 'later', reason: 'no answer in time' }], ['reset', { outcome: 'later' }],
    ['slow', { outcome: 'taken' }], ['endless', { outcome: 'taken' }],
  ];
  for (const [failure, outcome] of cases) {
    const { requests } = receiver;
    receiver.failures.push(failure);
    t.match(await send(), outcome, JSON.stringify(failure));
    t.equal(receiver.requests, requests + 1, 'no redirect is followed, and nothing is tried again by itself');
  }
});

await t.test('nothing to say any more: a connection, and not a byte', async (t) => {
  const { receiver, send } = await setting(t);
  const asked: string[] = [];
  t.strictSame(await send((write) => {
    asked.push(write(() => undefined));
    return Promise.resolve();
  }), { outcome: 'nothing' });
  t.strictSame(await send(() => Promise.resolve()), { outcome: 'nothing' });
  t.strictSame(asked, ['empty']);
  t.equal(receiver.connections, 2);
  t.equal(receiver.requests, 0);
  t.strictSame(await send((write) => {
    asked.push(write(() => undefined), write(() => message()), write(() => message()));
    return Promise.resolve();
  }), { outcome: 'taken' }, 'looked at again');
  t.strictSame(asked.slice(1), ['empty', 'written', 'closed'], 'once at most');
  t.equal(receiver.taken.length, 1);
});

await t.test('it is asked what to say once the connection takes bytes, also when it is used again', async (t) => {
  const { receiver, send } = await setting(t);
  let asked = 0;
  const counting: WebhookRequest['say'] = async (write) => {
    asked += 1;
    // As a gateway that has to look somebody up in its store.
    await new Promise((resolve) => setImmediate(resolve));
    t.equal(receiver.requests, asked - 1, 'nothing was written so far');
    write(() => message());
  };
  for (let n = 0; n < 3; n += 1) t.strictSame(await send(counting), { outcome: 'taken' });
  t.equal(asked, 3);
  t.equal(receiver.connections, 1);
  t.strictSame(await send(counting, 'https://127.0.0.1:1/'), { outcome: 'later', reason: 'ECONNREFUSED' }, 'no address in it');
  t.equal(asked, 3, 'nobody is there to be told');
});

await t.test('a connection that something else of the gateway opened is used again', async (t) => {
  const { receiver, fence, send } = await setting(t);
  receiver.failures.push({ status: 201 });
  t.match(await requestOutside(fence, { method: 'POST', url: receiver.origin, headers: {}, body: Buffer.from('a push') }), { status: 201 });
  t.strictSame(await send(), { outcome: 'taken' });
  t.equal(receiver.connections, 1);
});

await t.test('a TLS handshake that hangs is no connection that takes bytes', async (t) => {
  const { send } = await setting(t, { withinMs: 300 });
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  let asked = 0;
  const counting: WebhookRequest['say'] = () => {
    asked += 1;
    return Promise.resolve();
  };
  const result = await send(counting, `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
  t.strictSame(result, { outcome: 'later', reason: 'no answer in time' });
  t.equal(asked, 0);
});

await t.test('what is said too late is not written, and not asked for', async (t) => {
  const { receiver, send } = await setting(t, { withinMs: 2_000 });
  let late: WebhookWrite | undefined;
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const result = await send((write) => {
    late = write;
    return held;
  });
  t.strictSame(result, { outcome: 'later', reason: 'no answer in time' });
  t.equal(late?.(() => t.fail('nobody is there') as never), 'closed');
  release();
  t.equal(receiver.requests, 0);
});

await t.test('the fence: where nothing may go nothing is connected to', async (t) => {
  const { receiver, send } = await setting(t, { allow: () => [] });
  const asked = (): Promise<void> => {
    t.fail('asked');
    return Promise.resolve();
  };
  t.strictSame(await send(asked), { outcome: 'refused', reason: 'not a public address' });
  for (const url of ['http://app.example.org/', 'https://localhost/', 'https://user@app.example.org/', `https://a.example/${'x'.repeat(limits.urlCharacters)}`]) {
    t.match(await send(asked, url), { outcome: 'refused' }, url.slice(0, 40));
  }
  t.equal(receiver.connections, 0);
  const plain = await setting(t, { scheme: 'http', allow: () => ['127.0.0.0/8'] });
  t.match(await plain.send(asked), { outcome: 'refused', reason: 'not an https URL' }, 'without encryption only to an origin by name');
  t.equal(plain.receiver.connections, 0);
});

await t.test('a certificate that is not trusted is nobody', async (t) => {
  const { receiver } = await setting(t);
  const fence = new OutgoingFence({ allow: [receiver.origin] });
  t.teardown(() => fence.close());
  const sender = new SignedWebhookSender({ fence, clock: systemClock });
  t.match(await sender.send({ url: receiver.origin, secret, say: saying() }), { outcome: 'later', reason: /SELF_SIGNED/ });
  t.equal(receiver.requests, 0);
});
