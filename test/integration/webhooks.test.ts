// Webhooks, whole: the real gateway as a process, the command line, a phone, and an app server that verifies what it is told.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { until } from '../cli/cast.js';
import { lowbeat, lowbeatJson, startGateway, startLowbeat } from '../cli/processes.js';
import type { RunningProgram } from '../cli/processes.js';
import { Receiver } from '../webhook-sender/receiver.js';

t.setTimeout(120_000);
const folder = t.testdir();
const data = join(folder, 'data');
const at = ['--data', data];
const ca = join(folder, 'ca.pem');
const receiver = await Receiver.listen(t);
const plain = await Receiver.listen(t, 'http');
writeFileSync(ca, receiver.certificate.cert);
const start = (allowed = `127.0.0.0/8,${plain.origin}`) =>
  startGateway(data, allowed === '' ? [] : ['--allow-outgoing', allowed], { NODE_EXTRA_CA_CERTS: ca });

let gateway = await start();
t.teardown(() => gateway.end('SIGKILL'));
await lowbeatJson(['user', 'add', 'anna', ...at]);
const [device] = await lowbeatJson(['device', 'add', '--user', 'anna', ...at]);
await lowbeatJson(['app', 'add', 'chat', ...at]);
const [grant] = await lowbeatJson(['grant', 'add', '--user', 'anna', '--app', 'chat', '--scopes', 'presence', ...at]);
const uid = grant?.['uid'] ?? '';

function phone(): RunningProgram {
  const url = `mqtt://127.0.0.1:${gateway.ports.mqttPort}`;
  const program = startLowbeat(['device', 'run', '--gateway', url, '--id', device!['id']!, '--token', device!['token']!, '--app', 'chat']);
  t.teardown(() => program.end('SIGKILL'));
  return program;
}

/** What the app server was told last. */
async function told(by: Receiver, state: string): Promise<void> {
  await until(`${state} is told`, () => {
    const body = by.taken.at(-1) as { readonly data: { readonly presence: readonly unknown[] } } | undefined;
    return JSON.stringify(body?.data) === JSON.stringify({ presence: [{ uid, state }] });
  });
}

await t.test('an app server without a connection hears who is there, signed', async (t) => {
  const [set] = await lowbeatJson(['app', 'webhook', 'chat', `${receiver.origin}/presence`, ...at]);
  // Until it knows the secret it refuses, and is told again.
  receiver.secret = set?.['webhookSecret'] ?? '';
  const running = phone();
  await told(receiver, 'online');
  await running.end('SIGTERM');
  await told(receiver, 'offline');
  receiver.complaints.length = 0;
  t.match(receiver.taken.at(-1), { type: 'presence', timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ });
  const scraped = await (await fetch(`http://127.0.0.1:${gateway.ports.httpPort}/metrics`)).text();
  t.match(scraped, /^lowbeat_webhooks_sent_total [1-9]/m);
});

await t.test('it survives a crash of the gateway, with the same secret', async (t) => {
  await gateway.end('SIGKILL');
  gateway = await start();
  const running = phone();
  await told(receiver, 'online');
  await running.end('SIGTERM');
  await told(receiver, 'offline');
  t.same(receiver.complaints, []);
});

await t.test('another address takes over at once, without encryption where the operator names it', async (t) => {
  const { requests } = receiver;
  const [set] = await lowbeatJson(['app', 'webhook', 'chat', plain.origin, ...at]);
  plain.secret = set?.['webhookSecret'] ?? '';
  t.not(plain.secret, receiver.secret);
  await told(plain, 'offline');
  t.equal(receiver.requests, requests);
  await lowbeatJson(['grant', 'remove', uid, ...at]);
  await told(plain, 'revoked');
});

await t.test('410 switches it off', async () => {
  plain.failures.push({ status: 410 });
  await lowbeatJson(['grant', 'add', '--user', 'anna', '--app', 'chat', '--scopes', 'presence', ...at]);
  await until('it is off', async () => (await lowbeatJson(['app', 'list', ...at]))[0]?.['webhook'] === undefined);
});

await t.test('the fence is closed unless the operator opens it', async (t) => {
  await gateway.end('SIGTERM');
  gateway = await start('');
  const refused = await lowbeat(['app', 'webhook', 'chat', `${receiver.origin}/presence`, ...at]);
  t.match(refused, { code: 1, stderr: /not a public address.*\[bad-webhook\]/s });
});
