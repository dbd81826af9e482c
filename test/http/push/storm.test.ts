// Storms at the door, over real sockets: what is asserted is order and number, never time.

import t from 'tap';

import { limits } from '../../../src/core/limits.js';
import type { PushGateway } from '../../../src/gateway/push-doors.js';
import { openLevelStore } from '../../../src/store/level/level-store.js';
import { door, endpoints, other, signatures, storm, tally, times } from './loaded-door.js';
import { phoneOf, soon, through } from './push-world.js';
import { pushBytes } from './raw-sender.js';
import type { RawAnswer } from './raw-sender.js';
import { signer } from './vapid-signer.js';

t.setTimeout(120_000);

await t.test('a storm of one key ends at what the key may, and nobody else notices', async (t) => {
  const { world, connect, push, quiet } = await door(t, { senderPushBurst: 1_000 });
  const [key, calm] = [await signer(), await signer()];
  const all = await endpoints(world, 20);
  const tokens = await signatures(world, key, 20);
  const lanes = await Promise.all(times(20, connect));
  // From twenty addresses: each is far from what an address may.
  const answers = await Promise.all(lanes.map(async (connection, lane) => {
    const bytes = pushBytes({ endpoint: all[lane] ?? '', from: `198.51.100.${lane}`, authorization: tokens[lane] ?? '' });
    for (let index = 0; index < 100; index += 1) await connection.ask(bytes);
    return connection.answers;
  }));
  t.same(tally(answers.flat()), { 201: 1_000, 429: 1_000 });
  const refused = answers.flat().find(({ status }) => status === 429);
  t.match(refused, { body: /an application server key may push/, retryAfter: '1' });
  const [mine = ''] = await signatures(world, calm, 1);
  for (const endpoint of all) t.match(await push({ endpoint, from: other, authorization: mine }), { status: 201 }, 'the same endpoint, another key');
  await world.advance(1_000);
  const [token = ''] = tokens;
  t.match(await push({ endpoint: all[0] ?? '', from: storm, authorization: token }), { status: 201 }, 'once time has passed');
  await quiet();
});

/** What happened, in its order: a push has come in or is answered, by subscription. */
interface Happening {
  readonly what: 'begun' | 'kept';
  readonly subscription: string;
}

function recording(happenings: Happening[]): (push: PushGateway) => PushGateway {
  return (push) => ({
    ...through(push),
    endpoint: async (token) => {
      const at = happenings.length;
      const endpoint = await push.endpoint(token);
      if (typeof endpoint === 'object') happenings.splice(at, 0, { what: 'begun', subscription: endpoint.subscription });
      return endpoint;
    },
    push: async (request) => {
      const result = await push.push(request);
      happenings.push({ what: 'kept', subscription: request.endpoint.subscription });
      return result;
    },
  });
}

await t.test('a storm from one address delays nobody else by more than the address may have under way', async (t) => {
  const store = await openLevelStore({ folder: t.testdir() });
  t.teardown(() => store.close());
  const happenings: Happening[] = [];
  const share = 64;
  const { world, connect, quiet } = await door(
    // So few tokens are remembered that each is checked anew, as most senders sign each push anew.
    t, { pushesUnderWayPerAddress: share, signatureChecks: 4, vapidTokens: 1, endpointPushBurst: 100_000, senderPushBurst: 100_000 },
    { store, around: recording(happenings) },
  );
  const [key, calm] = [await signer(), await signer()];
  const all = await endpoints(world, 8);
  const { phone, endpoint: mine } = await phoneOf(world);
  phone.drop();
  const lanes = await Promise.all(times(100, connect));
  const tokens = await signatures(world, key, lanes.length);
  const mineSigned = await signatures(world, calm, 50);
  let over = false;
  const storming = Promise.all(lanes.map(async (connection, lane) => {
    const bytes = pushBytes({ endpoint: all[lane % 8] ?? '', from: storm, authorization: tokens[lane] ?? '' });
    while (!over) await connection.ask(bytes);
    return connection.answers;
  }));
  await soon('the storm is on', () => happenings.filter(({ what }) => what === 'kept').length >= share);
  const quietly = await connect();
  for (const authorization of mineSigned) await quietly.ask(pushBytes({ endpoint: mine, from: other, authorization }));
  over = true;
  const stormed = tally((await storming).flat());
  t.same(tally(quietly.answers), { 201: 50 });
  t.same(Object.keys(stormed).filter((status) => status !== '429'), ['201'], JSON.stringify(stormed));
  const overtaken = waits(happenings);
  t.equal(overtaken.length, 50);
  // What the store writes when it comes, what it writes next, and what was checked meanwhile.
  t.ok(Math.max(...overtaken) <= 3 * share, `storm's pushes kept while one of the other waited: ${overtaken.join(' ')}`);
  await quiet();
});

/** For each push of the subscription that pushed least: pushes of others that were kept while it was under way. */
function waits(happenings: readonly Happening[]): number[] {
  const counts = new Map<string, number>();
  for (const { what, subscription } of happenings) if (what === 'kept') counts.set(subscription, (counts.get(subscription) ?? 0) + 1);
  const [calm] = [...counts].sort(([, one], [, two]) => one - two)[0] ?? [];
  const found: number[] = [];
  let others = 0;
  for (const { what, subscription } of happenings) {
    if (subscription !== calm) others += what === 'kept' ? 1 : 0;
    else if (what === 'begun') others = 0;
    else found.push(others);
  }
  return found;
}

await t.test('wrong signatures are limited by address, and right ones cost nothing', async (t) => {
  const { world, bounds, push, quiet } = await door(t, { refusedSignatureBurst: 5, refusedSignaturesPerSecond: 1, vapidTokens: 32 });
  const [key, foreign] = [await signer(), await signer()];
  const [endpoint = ''] = await endpoints(world, 1);
  const right = await signatures(world, key, 60);
  for (const authorization of right) t.equal((await push({ endpoint, from: storm, authorization }))?.status, 201);
  t.equal(bounds.signatures.known, 32, 'as many are remembered as may be');
  const wrong = (await signatures(world, foreign, 10)).map((token) => token.replace(/k=.*/, `k=${Buffer.from(key.key).toString('base64url')}`));
  const answers: (RawAnswer | undefined)[] = [];
  for (const authorization of wrong) answers.push(await push({ endpoint, from: storm, authorization }));
  t.same(tally(answers), { 403: 5, 429: 5 });
  t.match(answers[9], { retryAfter: '1', body: /signature/ });
  t.match(await push({ endpoint, from: storm, authorization: right[59] ?? '' }), { status: 201 }, 'what is known is not checked again');
  t.match(await push({ endpoint, from: storm, authorization: right[0] ?? '' }), { status: 429 }, 'what was forgotten would have to be');
  t.match(await push({ endpoint, from: other, authorization: right[0] ?? '' }), { status: 201 }, 'another address');
  await world.advance(1_000);
  t.match(await push({ endpoint, from: storm, authorization: right[1] ?? '' }), { status: 201 }, 'once time has passed');
  await quiet();
});

await t.test('who may not push to an endpoint takes nothing from who may', async (t) => {
  const { world, bounds, connect, push, quiet } = await door(t);
  const [key, foreign] = [await signer(), await signer()];
  const [endpoint = ''] = await endpoints(world, 1, key.key);
  const [[mine = ''], [theirs = '']] = [await signatures(world, key, 1), await signatures(world, foreign, 1)];
  const connection = await connect();
  const attempts = [pushBytes({ endpoint, from: storm }), pushBytes({ endpoint, from: storm, authorization: theirs })];
  for (let index = 0; index < limits.endpointPushBurst; index += 1) {
    for (const bytes of attempts) await connection.ask(bytes);
  }
  t.same(tally(connection.answers), { 401: limits.endpointPushBurst, 403: limits.endpointPushBurst });
  t.equal(bounds.rates.endpoints, 0);
  t.match(await push({ endpoint, from: other, authorization: mine }), { status: 201 });
  await quiet();
});

await t.test('a storm of endpoints that never were is remembered nowhere', async (t) => {
  const { world, bounds, connect, push, quiet } = await door(t, { senderPushBurst: 2_000 });
  const [endpoint = ''] = await endpoints(world, 1);
  const [authorization = ''] = await signatures(world, await signer(), 1);
  const lanes = await Promise.all(times(10, connect));
  const answers = await Promise.all(lanes.map(async (connection, lane) => {
    for (let index = 0; index < 250; index += 1) {
      await connection.ask(pushBytes({ endpoint: `${endpoint.slice(0, -8)}${String(lane * 1_000 + index).padStart(8, 'x')}`, from: storm, authorization }));
    }
    return connection.answers;
  }));
  t.same(tally(answers.flat()), { 404: 2_000, 429: 500 });
  t.match({ endpoints: bounds.rates.endpoints, signatures: bounds.signatures.known }, { endpoints: 0, signatures: 0 });
  t.match(await push({ endpoint, from: other, authorization }), { status: 201 });
  await quiet();
});

await t.test('a limit never costs a sender its subscription', async (t) => {
  const { world, push, quiet } = await door(t, { senderPushBurst: 300, senderPushesPerSecond: 50, endpointPushBurst: 20 });
  const [authorization = ''] = await signatures(world, await signer(), 1);
  const all = await endpoints(world, 40);
  const seen: (RawAnswer | undefined)[] = [];
  for (let round = 0; round < 12; round += 1) {
    for (const endpoint of all.slice(0, 30)) seen.push(await push({ endpoint, from: storm, authorization }));
    for (const endpoint of all.slice(0, 2)) for (let index = 0; index < 5; index += 1) seen.push(await push({ endpoint, from: other }));
  }
  const refused = seen.filter((answer) => answer?.status !== 201);
  t.ok(refused.length > 100, `${refused.length} of ${seen.length} were limited`);
  t.same(Object.keys(tally(refused)), ['429']);
  t.ok(refused.every((answer) => Number(answer?.retryAfter) >= 1));
  await world.advance(1_000 * Math.max(...refused.map((answer) => Number(answer?.retryAfter))));
  for (const endpoint of all) t.equal((await push({ endpoint, from: storm, authorization }))?.status, 201, 'each endpoint is what it was');
  await quiet();
});
