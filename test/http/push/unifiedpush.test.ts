import t from 'tap';

import { limits } from '../../../src/core/limits.js';
import { origin, phoneOf, pushWorld } from './push-world.js';

await t.test('UnifiedPush finds a push server at every endpoint, and learns nothing else', async (t) => {
  const { ask, world, front } = await pushWorld(t);
  const { endpoint, phone } = await phoneOf(world);
  const known = await ask('GET', endpoint);
  t.match(known, { status: 200, headers: { 'content-type': 'application/json; charset=utf-8', 'access-control-allow-origin': '*' } });
  t.same(JSON.parse(known.body), { unifiedpush: { version: 1 } });
  const never = await ask('GET', `${origin}/push/${'A'.repeat(80)}`);
  const plain = (answer: typeof known): object => ({ ...answer, headers: { ...answer.headers, date: undefined } });
  t.same(plain(never), plain(known), 'the same for an endpoint that never was');
  await phone.up({ removals: [1] });
  await world.settle();
  t.same(plain(await ask('GET', endpoint)), plain(known), 'and for one that was removed');
  t.match(await ask('HEAD', endpoint), { status: 200, body: '' });
  for (const token of ['a.b', 'a%20b', 'a%2Fb']) t.match(await ask('GET', `${origin}/push/${token}`), { status: 404 }, token);
  await front.close(100);
});

await t.test('an endpoint has at most 1000 bytes', async (t) => {
  const { world } = await pushWorld(t, { publicUrl: `https://${'push.'.repeat(48)}example.org` });
  const { endpoint } = await phoneOf(world, 'x'.repeat(limits.nameCharacters));
  t.ok(Buffer.byteLength(endpoint) <= 1_000, `${Buffer.byteLength(endpoint)} bytes under the longest host name there can be`);
});
