import fc from 'fast-check';
import t from 'tap';
import type { Test } from 'tap';

import { limits } from '../../../src/core/limits.js';
import { createHttpApp } from '../../../src/http/app.js';
import { noLog } from '../../../src/ports/log.js';
import { createWorld } from '../../gateway/world.js';
import type { FakeDevice, World } from '../../gateway/world.js';
import { origin } from './push-world.js';
import { inSeconds, sealed } from './senders.js';
import { signer } from './vapid-signer.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000 : 1));
t.comment(`LOWBEAT_SEED=${seed}`);

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly body: string;
  readonly code: string;
}

interface Setting {
  readonly world: World;
  readonly phone: FakeDevice;
  readonly device: { readonly id: string; readonly token: string };
  readonly subscription: string;
  readonly endpoint: string;
  readonly ask: (
    method: 'GET' | 'POST' | 'DELETE', url: string, headers?: Record<string, string>, body?: Buffer, from?: string,
  ) => Promise<Answer>;
  /** A POST to the endpoint, with a TTL. */
  readonly push: (headers?: Record<string, string>, body?: Buffer) => Promise<Answer>;
}

/** A phone with an endpoint, and the routes of a gateway for whom it stays the same moment. */
async function setting(t: Test, key?: Uint8Array): Promise<Setting> {
  const world = await createWorld({ gateway: { publicUrl: () => origin } });
  const { gateway } = world;
  const nowMs = Date.now();
  const app = await createHttpApp({
    gateway, operations: gateway, log: noLog, version: 'test', adminTokenHash: new Uint8Array(32),
    scrape: () => Promise.reject(new Error('not asked for')),
    backup: () => {
      throw new Error('not asked for');
    },
    listening: () => [],
    push: { push: gateway.push, gateway, clock: { nowMs: () => nowMs }, deadlines: gateway.deadlines, publicUrl: () => origin },
  });
  t.teardown(() => app.close());
  await world.user('anna');
  const device = await world.device('anna');
  const phone = await world.connect(device.id);
  const { endpoint = '', subscription } = await phone.register('org.example.chat', key);
  const ask: Setting['ask'] = async (method, url, headers = {}, body = Buffer.alloc(0), from = '192.0.2.7') => {
    const path = url.startsWith(origin) ? url.slice(origin.length) : url;
    const response = await app.inject({
      method, url: path, headers, remoteAddress: from, ...(method === 'POST' && { payload: body }),
    });
    const problem = String(response.headers['content-type']).startsWith('application/problem+json');
    return {
      status: response.statusCode, headers: response.headers, body: response.body,
      code: problem ? (JSON.parse(response.body) as { code: string }).code : '',
    };
  };
  return { world, phone, device, subscription, endpoint, ask, push: (headers, body) => ask('POST', endpoint, { ttl: '60', ...headers }, body) };
}

await t.test('web-push 1: a POST to an endpoint is 201 with the message in Location', async (t) => {
  const { push, phone, world, endpoint } = await setting(t);
  const { headers, body } = sealed('hello');
  const answer = await push(headers, body);
  t.equal(answer.status, 201, answer.body);
  t.match(answer.headers['location'], /^https:\/\/push\.example\.org\/message\/[A-Za-z0-9_-]+$/);
  t.equal(answer.body, '');
  t.equal(String(answer.headers['ttl']), '60');
  await world.settle();
  t.same(phone.notifications.map(({ data }) => Buffer.from(data)), [body], 'as it came, to the last byte');
  t.match(endpoint, /^https:\/\/push\.example\.org\/push\//);
});

await t.test('web-push 2: respond-async is 202 with the receipt subscription; a wrong Link is 400', async (t) => {
  const { push } = await setting(t);
  const first = await push({ prefer: 'wait=10, respond-async' });
  t.equal(first.status, 202);
  const [, receipts = ''] = /^<(https:\/\/push\.example\.org\/receipts\/[^>]+)>; rel="urn:ietf:params:push:receipt"$/.exec(String(first.headers['link'])) ?? [];
  t.not(receipts, '');
  t.equal((await push({ prefer: 'respond-async' })).headers['link'], first.headers['link'], 'the same for the same sender');
  const named = await push({ prefer: 'Respond-Async', link: `<https://x.example>; rel="next", <${receipts}>; rel="urn:ietf:params:push:receipt"` });
  t.equal(named.headers['link'], first.headers['link']);
  for (const target of ['https://push.example.org/receipts/x', 'https://elsewhere.example/receipts/x', receipts.replace('/receipts/', '/message/')]) {
    const refused = await push({ prefer: 'respond-async', link: `<${target}>; rel=urn:ietf:params:push:receipt` });
    t.match(refused, { status: 400, code: 'bad-receipt-subscription' }, target);
  }
  t.equal((await push({ prefer: 'wait=1' })).status, 201, 'nobody asked for a receipt');
});

await t.test('web-push 3: TTL is asked for, and an overflow is the most there is', async (t) => {
  const { ask, endpoint } = await setting(t);
  t.match(await ask('POST', endpoint), { status: 400, code: 'bad-header' });
  for (const ttl of ['', '-1', '1.5', 'soon', '1, 2', '0x10']) t.match(await ask('POST', endpoint, { ttl }), { status: 400, code: 'bad-header' }, ttl);
  for (const [ttl, kept] of [['0', '0'], ['0060', '60'], ['2147483648', String(limits.ttlSeconds)], ['9'.repeat(40), String(limits.ttlSeconds)]] as const) {
    const answer = await ask('POST', endpoint, { ttl });
    t.match(answer, { status: 201 }, ttl);
    t.equal(String(answer.headers['ttl']), kept);
  }
});

await t.test('web-push 4, 5: urgency and topic are one each, and known', async (t) => {
  const { push, phone, world } = await setting(t);
  for (const urgency of ['very-low', 'low', 'normal', 'HIGH']) t.match(await push({ urgency }), { status: 201 }, urgency);
  for (const urgency of ['low, high', 'urgent', '']) t.match(await push({ urgency }), { status: 400, code: 'bad-header' }, urgency);
  for (const topic of ['x'.repeat(32), 'a-_Z9']) t.match(await push({ topic }), { status: 201 }, topic);
  for (const topic of ['x'.repeat(33), 'a b', 'a=b', 'ä', 'a,b', '']) t.match(await push({ topic }), { status: 400, code: 'bad-header' }, topic);
  await world.settle();
  t.notMatch(JSON.stringify(phone.frames), /a-_Z9|HIGH|very-low/, 'neither reaches the device');
});

await t.test('web-push 6: 4096 bytes are taken, one more is 413', async (t) => {
  const { push, ask, endpoint } = await setting(t);
  const most = sealed('x'.repeat(3_993));
  t.equal(most.body.length, 4_096);
  t.equal((await push(most.headers, most.body)).status, 201);
  const more = sealed('x'.repeat(3_994));
  t.match(await push(more.headers, more.body), { status: 413, code: 'payload-too-large' });
  t.equal((await ask('POST', endpoint, { ttl: '1', 'content-length': '0' })).status, 201, 'web-push 14: a bare wake-up');
});

await t.test('web-push 7: 429 with Retry-After when limited, for that endpoint only', async (t) => {
  const { push, phone, ask } = await setting(t);
  const other = (await phone.register('org.example.mail')).endpoint ?? '';
  for (let n = 0; n < limits.endpointPushBurst; n += 1) t.equal((await push()).status === 201, true);
  const refused = await push();
  t.match(refused, { status: 429, code: 'rate-limited' });
  t.ok(Number(refused.headers['retry-after']) >= 1);
  t.equal((await ask('POST', other, { ttl: '1' })).status, 201, 'a storm on one does not touch another');
});

await t.test('web-push 8: 404 for what never was, 410 for what was', async (t) => {
  const { ask, push, phone, world, endpoint, subscription, device } = await setting(t);
  t.match(await ask('POST', `${origin}/push/nonsense`, { ttl: '1' }), { status: 404, code: 'unknown-destination' });
  t.match(await ask('POST', `${endpoint}A`, { ttl: '1' }), { status: 404 });
  const basic = (token: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(`${device.id}:${token}`).toString('base64')}` });
  t.match(await ask('DELETE', `/subscription/${subscription}`), { status: 401, code: 'unauthorized' });
  t.match(await ask('DELETE', `/subscription/${subscription}`, basic('wrong')), { status: 401 });
  t.match(await ask('DELETE', '/subscription/sub_0', basic(device.token)), { status: 404 });
  t.match(await ask('DELETE', `/subscription/${subscription}`, basic(device.token)), { status: 204 });
  t.match(await push(), { status: 410, code: 'gone' });
  await world.settle();
  t.same(phone.texts, []);
});

await t.test('web-push 12: DELETE on the message by its sender', async (t) => {
  const { ask, push, phone } = await setting(t);
  phone.drop();
  const location = String((await push()).headers['location']);
  t.match(await ask('DELETE', location), { status: 204 });
  t.match(await ask('DELETE', location), { status: 410, code: 'gone' });
  t.match(await ask('DELETE', `${location}x`), { status: 404 });
});

await t.test('web-push 10, 11: receipts are held, told until they were taken, and then not again', async (t) => {
  const { ask, push, phone, world } = await setting(t);
  const answer = await push({ prefer: 'respond-async' });
  const receipts = /<([^>]+)>/.exec(String(answer.headers['link']))?.[1] ?? '';
  t.match(await ask('GET', receipts, { prefer: 'wait=0' }), { status: 204 }, 'nothing yet');
  const held = ask('GET', receipts, { prefer: 'wait=30' });
  await world.settle();
  await phone.up({ acks: phone.notifications.map(({ id }) => id) });
  const got = await held;
  t.equal(got.status, 200);
  t.same(JSON.parse(got.body), [{ message: answer.headers['location'], status: 204 }]);
  await world.settle();
  t.match(await ask('GET', receipts, { prefer: 'wait=0' }), { status: 204 }, 'taken');
  const again = await push({ prefer: 'respond-async' });
  await world.settle();
  await phone.up({ acks: phone.notifications.slice(1).map(({ id }) => id) });
  await world.settle();
  const cursor = `${receipts}?after=1`;
  const first = await ask('GET', cursor, { prefer: 'wait=0' });
  t.same(JSON.parse(first.body), [{ message: again.headers['location'], status: 204 }]);
  await world.settle();
  t.equal((await ask('GET', cursor, { prefer: 'wait=0' })).body, first.body, 'with a cursor it is told until the next one');
  const next = /<([^>]+)>; rel="next"/.exec(String(first.headers['link']))?.[1] ?? '';
  t.match(await ask('GET', next, { prefer: 'wait=0' }), { status: 204 });
  t.match(await ask('GET', receipts, { prefer: 'wait=0' }), { status: 204 }, 'the cursor said that it came');
  t.match(await ask('GET', `${receipts}x`), { status: 404 });
  t.match(await ask('GET', `${receipts}?after=x`), { status: 400 });
});

await t.test('web-push 14: one record of aes128gcm, or the reason why not', async (t) => {
  const { push } = await setting(t);
  const { headers, body } = sealed('hello');
  const changed = (at: number, ...bytes: number[]): Buffer => Buffer.concat([body.subarray(0, at), Buffer.from(bytes), body.subarray(at + bytes.length)]);
  const wrong: readonly (readonly [what: string, headers: Record<string, string>, body: Buffer, detail: RegExp])[] = [
    ['no encoding', { ...headers, 'content-encoding': '' }, body, /aes128gcm/],
    ['another', { ...headers, 'content-encoding': 'gzip' }, body, /aes128gcm/],
    ['two', { ...headers, 'content-encoding': 'aes128gcm, gzip' }, body, /aes128gcm/],
    ['web-push 18: the older one', { ...headers, 'content-encoding': 'aesgcm' }, body, /aesgcm is not taken.*aes128gcm/],
    ['too short', headers, body.subarray(0, 102), /103 bytes or more, not 102/],
    ['another key id', headers, changed(20, 64), /65 bytes, not 64/],
    ['a record size below the record', headers, changed(16, 0, 0, 0, 18), /record size 18/],
    ['no point', headers, changed(21, 2), /no point on P-256/],
    ['a point beside the curve', headers, changed(50, ~(body[50] ?? 0) & 255), /no point on P-256/],
  ];
  for (const [what, more, content, detail] of wrong) {
    const answer = await push(more, content);
    t.match(answer, { status: 400, code: 'bad-encryption', body: detail }, what);
  }
});

await t.test('web-push 16: a signature is for this origin, has not ended, and ends within a day', async (t) => {
  const { key, sign } = await signer();
  const other = await signer();
  const { push } = await setting(t, key);
  const good = { aud: origin, exp: inSeconds(3_600), sub: 'mailto:a@example.org' };
  t.match(await push(), { status: 401, code: 'vapid-required', headers: { 'www-authenticate': 'vapid' } });
  t.match(await push({ authorization: await sign(good) }), { status: 201 });
  t.match(await push({ authorization: await sign({ ...good, sub: undefined }) }), { status: 201 }, 'sub is optional');
  const [, token = '', k = ''] = /t=(\S+), k=(\S+)/.exec(await sign(good)) ?? [];
  t.match(await push({ authorization: `VAPID k="${k}",x=1 , t="${token}"` }), { status: 201 }, 'any order, quoted, more than is known');
  t.match(await push({ authorization: `WebPush ${token}`, 'crypto-key': `dh=x;p256ecdsa=${k}` }), { status: 201 }, 'web-push 18: the older form');
  const refused: readonly (readonly [what: string, authorization: string])[] = [
    ['another origin', await sign({ ...good, aud: 'https://push.example.org:8443' })],
    ['no audience', await sign({ exp: good.exp })],
    ['over', await sign({ ...good, exp: inSeconds(-120) })],
    ['no end', await sign({ aud: origin })],
    ['more than a day', await sign({ ...good, exp: inSeconds(2 * 86_400) })],
    ['web-push 17: another key', await other.sign(good)],
    ['signed by another', (await other.sign(good)).replace(/k=.*/, `k=${k}`)],
    ['changed', `vapid t=${token.slice(0, -4)}AAAA, k=${k}`],
    ['unsigned', `vapid t=${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}., k=${k}`],
    ['no key', `vapid t=${token}`],
    ['no point', `vapid t=${token}, k=${Buffer.alloc(65, 4).toString('base64url')}`],
    ['another scheme', 'Basic YTpi'],
    ['too long', `vapid t=${'x'.repeat(5_000)}, k=${k}`],
  ];
  for (const [what, authorization] of refused) t.match(await push({ authorization }), { status: 403, code: 'vapid-refused' }, what);
});

await t.test('web-push 16: nothing of an invalid token is used, where none is asked for either', async (t) => {
  const { push } = await setting(t);
  const { sign } = await signer();
  t.match(await push({ authorization: 'vapid t=x, k=y' }), { status: 403 });
  const signed = await push({ authorization: await sign({ aud: origin, exp: inSeconds(60) }), prefer: 'respond-async' });
  const unsigned = await push({ prefer: 'respond-async' });
  t.match([signed.status, unsigned.status], [202, 202]);
  t.not(signed.headers['link'], unsigned.headers['link'], 'receipts are the key\'s');
});

await t.test('UnifiedPush asks whether it may', async (t) => {
  const { ask, endpoint } = await setting(t);
  t.same(JSON.parse((await ask('GET', endpoint)).body), { unifiedpush: { version: 1 } });
});

await t.test('whatever the headers say, it is an answer and no fault', async (t) => {
  const { ask, endpoint } = await setting(t);
  const text = fc.string({ unit: fc.constantFrom(...Array.from('abc =,;"<>/:-_.0129vapidtk ')), maxLength: 60 });
  const headers = fc.record({
    ttl: fc.oneof(fc.constant('60'), text), urgency: text, topic: text, prefer: fc.oneof(fc.constant('respond-async'), text), link: text,
    authorization: fc.oneof(fc.constant('vapid t=a.b.c, k=d'), text), 'crypto-key': text, 'content-encoding': fc.oneof(fc.constant('aes128gcm'), text),
  }, { requiredKeys: [] });
  let n = 0;
  await fc.assert(fc.asyncProperty(headers, fc.uint8Array({ maxLength: 200 }), async (some, body) => {
    n += 1;
    const from = `198.51.${n >> 8}.${n & 255}`;
    const { status } = await ask('POST', endpoint, some, Buffer.from(body), from);
    if (![201, 202, 400, 403, 429].includes(status)) throw new Error(`status ${status}`);
  }), { seed, numRuns: 300 });
});
