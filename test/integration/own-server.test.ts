// The example of docs/your-own-server.md as it stands there: a process of its own, against a real gateway with a certificate
// of its own, to a device over MQTT.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';
import webpush from 'web-push';

import { Operator } from '../cli/cast.js';
import { run, startGateway } from '../cli/processes.js';
import { selfSigned } from '../device/certificate.js';
import { createDevice } from '../../src/device/index.js';

t.setTimeout(60_000);
const root = join(import.meta.dirname, '../../..');
const folder = t.testdir();
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
const certificate = selfSigned();
writeFileSync(cert, certificate.cert);
writeFileSync(key, certificate.key);
const gateway = await startGateway(join(folder, 'data'), ['--https-port', '0', '--tls-cert', cert, '--tls-key', key]);
t.teardown(() => gateway.end('SIGKILL'));

const [, example = ''] = /```js\n(\/\/ send\.mjs[\s\S]*?)```/.exec(readFileSync(join(root, 'docs/your-own-server.md'), 'utf8')) ?? [];
const server = join(folder, 'server');
mkdirSync(server);
writeFileSync(join(server, 'send.mjs'), example);
symlinkSync(join(root, 'node_modules'), join(server, 'node_modules'));

await t.test('the Node example sends, and waits for the receipt', async (t) => {
  t.match(example, 'webpush.sendNotification');
  const vapid = webpush.generateVAPIDKeys();
  const operator = new Operator(gateway);
  await operator.user('anna');
  const { id, secret } = await operator.device('anna');
  const device = createDevice({ url: `mqtt://127.0.0.1:${gateway.ports.mqttPort}`, id, token: secret });
  t.teardown(() => device.stop());
  const texts: string[] = [];
  const app = device.app('org.example.chat', { onNotification: ({ text }) => void texts.push(text) }, { applicationServerKey: vapid.publicKey });
  await device.start();
  const { endpoint, keys } = await app.registered();
  for (const text of ['The build is done', 'The next one, too']) {
    const sent = await run(process.execPath, ['send.mjs', JSON.stringify({ endpoint, keys }), text], {
      cwd: server,
      env: { NODE_EXTRA_CA_CERTS: cert, VAPID_PUBLIC_KEY: vapid.publicKey, VAPID_PRIVATE_KEY: vapid.privateKey },
    });
    t.match(sent, { code: 0, stderr: '', stdout: 'the device has it\n' });
  }
  t.same(texts, ['The build is done', 'The next one, too']);
});
