// Facts/presence H3, measured: how long a real gateway takes to answer `notify` must not tell whether the user is there, over HTTP and
// over MQTT. Requests for users of every kind go out one after the other, in random order and with nothing between them, so that what a
// request leaves behind for the next one (a delivery, an acknowledgement) counts, too.

import { Agent, request } from 'node:http';
import { join } from 'node:path';

import { connectAsync } from 'mqtt';
import t from 'tap';
import type { Test } from 'tap';

import { createPrng } from '../../src/core/prng.js';
import { Operator } from '../cli/cast.js';
import type { Credentials } from '../cli/cast.js';
import { startGateway, startLowbeat } from '../cli/processes.js';
import { AccountPage } from './account-page.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? Math.floor(Math.random() * 0x7fff_ffff));
const random = createPrng(seed);

/** Requests for each kind in one round, each answered before the next; after so many rounds the verdict stands. */
const roundSize = 80;
const mostRounds = 6;
/**
 * Of a request for a user of a kind and one for somebody offline the slower one is the former with this probability: 0.5 where nothing
 * can be told. Noise of a busy machine is shared by all kinds, as they take turns.
 */
const bound = 0.08;

const kinds = ['offline', 'connected', 'invisible', 'paused', 'dropping'] as const;
type Kind = (typeof kinds)[number];

t.setTimeout(170_000);
const folder = t.testdir();
const gateway = await startGateway(join(folder, 'data'), ['--log-level', 'warn']);
t.teardown(() => gateway.end('SIGKILL'));
const operator = new Operator(gateway);
const app = await operator.app('chat');
const uids = new Map<Kind, string>();
for (const kind of kinds) uids.set(kind, await settle(t, kind));

async function settle(t: Test, kind: Kind): Promise<string> {
  const page = await AccountPage.signUp(gateway, kind);
  const uid = await operator.grant(kind, app.id, ['notify', 'presence']);
  const phone = await phoneOf(t, await operator.device(kind));
  switch (kind) {
    case 'offline':
      await phone.end('SIGTERM');
      break;
    case 'invisible':
      await page.ask('PATCH', '/status', { status: 'invisible' });
      break;
    case 'paused':
      await page.ask('PATCH', `/apps/${uid}`, { paused: true });
      break;
    case 'dropping':
      await page.ask('PATCH', `/apps/${uid}`, { paused: true, outside: 'drop' });
      break;
    case 'connected':
  }
  return uid;
}

/** In a process of its own: what it does with notifications must not slow down who measures. */
async function phoneOf(t: Test, { id, secret }: Credentials) {
  const phone = startLowbeat([
    'device', 'run', '--gateway', `mqtt://127.0.0.1:${gateway.ports.mqttPort}`, '--id', id, '--token', secret,
    '--app', 'chat', '--json', '--state', join(folder, `${id}.json`),
  ]);
  t.teardown(() => phone.end('SIGKILL'));
  await phone.line((line) => line.includes('"event":"registered"'));
  return phone;
}

/** Milliseconds of each kind, and what the answers were. */
interface Samples {
  readonly times: ReadonlyMap<Kind, number[]>;
  readonly answers: Set<string>;
}

function noSamples(): Samples {
  return { times: new Map(kinds.map((kind) => [kind, []])), answers: new Set() };
}

async function round({ times, answers }: Samples, send: (uid: string) => Promise<string>): Promise<void> {
  const order = kinds.flatMap((kind) => Array<Kind>(roundSize).fill(kind));
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random.next() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  for (const kind of order) {
    const uid = uids.get(kind)!;
    // A first one for the same user, and then the one that is measured: the traces of the first are what an app would look for.
    answers.add(await send(uid));
    const beganMs = performance.now();
    answers.add(await send(uid));
    times.get(kind)!.push(performance.now() - beganMs);
  }
}

/** The probability that one of these is above one of those, ties counted half (Mann and Whitney). */
function superiority(these: readonly number[], those: readonly number[]): number {
  const sorted = [...those].sort((one, other) => one - other);
  const below = (value: number, orSame: boolean): number => {
    let [from, to] = [0, sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (sorted[middle]! < value || (orSame && sorted[middle] === value)) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  const above = these.reduce((sum, value) => sum + (below(value, false) + below(value, true)) / 2, 0);
  return above / (these.length * those.length);
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1]!;
}

async function measured(t: Test, send: (uid: string) => Promise<string>): Promise<void> {
  const samples = noSamples();
  for (let rounds = 1; ; rounds += 1) {
    await round(samples, send);
    const offline = samples.times.get('offline')!;
    const effects = kinds.map((kind) => ({ kind, effect: superiority(samples.times.get(kind)!, offline) - 0.5 }));
    const well = effects.every(({ effect }) => Math.abs(effect) < bound);
    if (!well && rounds < mostRounds) continue;
    for (const { kind, effect } of effects) {
      const values = samples.times.get(kind)!;
      const line = `${kind}: median ${medianOf(values).toFixed(3)} ms of ${values.length}, slower than offline with ${(0.5 + effect).toFixed(3)}`;
      t.ok(Math.abs(effect) < bound, line);
      t.comment(line);
    }
    break;
  }
  t.equal(samples.answers.size, 1, `one answer for all: ${[...samples.answers].join(' | ')}`);
}

await t.test(`presence H3: how long notify takes over HTTP tells nothing (LOWBEAT_SEED=${seed})`, async (t) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const authorization = `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}`;
  await measured(t, (uid) => new Promise((resolve, reject) => {
    const asked = request({
      agent, method: 'POST', host: '127.0.0.1', port: gateway.ports.httpPort, path: `/v1/notify/${uid}?ttl=60&urgency=high`,
      headers: { authorization, 'content-type': 'text/plain', 'content-length': 5 },
    }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part)).on('end', () => {
        const { date, ...headers } = response.headers;
        resolve(`${response.statusCode} ${JSON.stringify(headers)} ${date === undefined ? 'no date' : 'a date'} ${body}`);
      });
    });
    asked.on('error', reject).end('hello');
  }));
});

await t.test(`presence H3: how long notify takes over MQTT tells nothing (LOWBEAT_SEED=${seed})`, async (t) => {
  const client = await connectAsync({
    host: '127.0.0.1', port: gateway.ports.mqttPort, protocol: 'mqtt', clientId: app.id, username: app.id, password: app.secret,
  });
  t.teardown(() => client.endAsync(true));
  await measured(t, async (uid) => JSON.stringify((await client.publishAsync(`notify/${uid}?ttl=60&urgency=high`, 'hello', { qos: 1 }))?.cmd));
});
