// Devices without a link, whole: the real gateway as a process, the command line, and a push service that is strict and fails.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { lowbeat, lowbeatJson, startGateway } from '../cli/processes.js';
import { StandIn } from '../push-sender/stand-in.js';
import type { Browser } from '../push-sender/stand-in.js';

t.setTimeout(90_000);
const folder = t.testdir();
const data = join(folder, 'data');
const ca = join(folder, 'ca.pem');
const service = await StandIn.listen(t);
writeFileSync(ca, service.certificate.cert);
const flags = ['--allow-outgoing', '127.0.0.0/8', '--contact', 'mailto:admin@example.org'];
const start = (more = flags) => startGateway(data, more, { NODE_EXTRA_CA_CERTS: ca });

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (await holds()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  throw new Error(`waited in vain: ${what}`);
}

async function addBrowser(browser: Browser, name: string): Promise<void> {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...browser.subscription, expirationTime: null }));
  await lowbeatJson(['device', 'add', '--data', data, '--user', 'anna', '--name', name, '--push', file]);
}

let gateway = await start();
t.teardown(() => gateway.end('SIGKILL'));
const at = ['--data', data];
await lowbeatJson(['user', 'add', 'anna', ...at]);
await lowbeatJson(['app', 'add', 'chat', ...at]);
const [grant] = await lowbeatJson(['grant', 'add', '--user', 'anna', '--app', 'chat', ...at]);
const uid = grant?.['uid'] ?? '';
const send = async (text: string, ...more: string[]): Promise<void> => {
  const { code, stderr } = await lowbeat(['send', uid, text, ...at, ...more]);
  if (code !== 0) throw new Error(stderr);
};

const browser = await service.subscribe();

await t.test('a browser is added with what it gave out, and gets what is sent', async (t) => {
  const asked = await fetch(`http://127.0.0.1:${gateway.ports.httpPort}/application-server-key`);
  const { applicationServerKey } = (await asked.json()) as { applicationServerKey: string };
  t.equal(Buffer.from(applicationServerKey, 'base64url').length, 65);
  await addBrowser(browser, 'browser');
  await send('Hello', '--ttl', '600');
  await until('the message', () => service.delivered.length === 1);
  t.match(service.delivered, [{
    endpoint: browser.subscription.endpoint, text: '{"app":"chat","id":1,"text":"Hello"}', urgency: 'normal',
    subject: 'mailto:admin@example.org', applicationServerKey,
  }]);
  t.strictSame(service.complaints, []);
  const list = await lowbeat(['device', 'list', ...at]);
  t.match(list.stdout, /browser .* yes /);
});

await t.test('what was kept is sent on after a crash, with the same key', async (t) => {
  const [{ applicationServerKey } = { applicationServerKey: '' }] = service.delivered;
  service.failures.push({ status: 503, headers: { 'retry-after': '3600' } });
  await send('kept');
  await until('the failure', () => service.failures.length === 0);
  await gateway.end('SIGKILL');
  gateway = await start();
  await until('the message', () => service.delivered.length === 2);
  t.match(service.delivered[1], { text: '{"app":"chat","id":2,"text":"kept"}', applicationServerKey });
});

await t.test('a subscription that ended is dropped', async (t) => {
  service.unsubscribe(browser);
  await send('into the void');
  await until('its end', async () => !/ yes /.test((await lowbeat(['device', 'list', ...at])).stdout));
  const { requests } = service;
  await send('nobody');
  t.equal(service.requests, requests);
});

await t.test('the fence is closed unless the operator opens it', async (t) => {
  await gateway.end('SIGTERM');
  gateway = await start([]);
  const file = join(folder, 'inside.json');
  writeFileSync(file, JSON.stringify((await service.subscribe()).subscription));
  const added = await lowbeat(['device', 'add', ...at, '--user', 'anna', '--push', file]);
  t.match(added, { code: 1, stderr: /not a public address.*bad-push-subscription/s });
  const wrong = await lowbeat(['serve', '--allow-outgoing', '10.0.0.0/99', '--data', join(folder, 'other')]);
  t.match(wrong, { code: 2, stderr: /--allow-outgoing is "10.0.0.0\/99": must be https or http origins, addresses and networks/ });
});
