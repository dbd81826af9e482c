// `lowbeat serve` as a process: what it says, what it refuses to begin with, and how it treats certificates.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';

import t from 'tap';

import { selfSigned } from '../device/certificate.js';
import { mosquittoOptions, Operator, until } from './cast.js';
import { GatewayProcess, lowbeat, run, startGateway } from './processes.js';
import type { Finished } from './processes.js';

t.setTimeout(120_000);

/** How a gateway that must not start ends: its exit code and its only line. */
async function refusal(gateway: GatewayProcess): Promise<{ code: number | null; line: string; stdout: string }> {
  const { code, stderr, stdout }: Finished = await gateway.ended();
  return { code, line: stderr.trimEnd(), stdout };
}

await t.test('it says where it listens, tells the other commands, and leaves nothing behind', async (t) => {
  const folder = t.testdir();
  const data = join(folder, 'deep/data');
  const config = join(folder, 'lowbeat.json');
  writeFileSync(config, JSON.stringify({ data: 'deep/data', logLevel: 'error', holdSeconds: 60 }));
  const gateway = new GatewayProcess(data, ['--config', config]);
  const line = JSON.parse(await gateway.line((text) => text.includes('"ready"'))) as Record<string, unknown>;
  t.match(line, { level: 'info', msg: 'ready', mqttPort: Number, httpPort: Number, time: /^\d{4}-\d\d-\d\dT.*Z$/ });
  t.notOk('mqttsPort' in line || 'httpsPort' in line, 'TLS is off unless asked for');
  const running = JSON.parse(readFileSync(join(data, 'gateway.json'), 'utf8')) as object;
  t.match(running, { pid: gateway.child.pid, mqttPort: line['mqttPort'], httpPort: line['httpPort'] });

  const url = `http://127.0.0.1:${Number(line['httpPort'])}`;
  t.match(await (await fetch(`${url}/healthz`)).json(), { status: 'ok' });
  const ready = await fetch(`${url}/readyz`);
  t.match([ready.status, await ready.json()], [200, { status: 'ready', reasons: [] }]);
  t.match(await (await fetch(url)).text(), /<div id="app">/);
  const [, script = ''] = /src="(\/assets\/[^"]+)"/.exec(await (await fetch(`${url}/apps`)).text()) ?? [];
  t.equal((await fetch(url + script)).status, 200);

  const { code, stdout, stderr } = await gateway.end('SIGINT');
  t.match({ code, stderr }, { code: 0, stderr: '' });
  t.match(stdout.split('\n').map((text) => (JSON.parse(text) as { msg: string }).msg), ['ready', 'stopping', 'stopped']);
  t.notOk(existsSync(join(data, 'gateway.json')));
});

await t.test('for people it writes text, and what to do next', async (t) => {
  const gateway = new GatewayProcess(join(t.testdir(), 'data'), ['--log-format', 'text']);
  await gateway.line((line) => line.includes('Ctrl-C'));
  const text = gateway.lines.join('\n');
  t.match(text, /^\d\d:\d\d:\d\d info {2}ready {2}mqttPort=\d+ {2}httpPort=\d+\n/);
  t.match(text, /\n {2}MQTT {2,}mqtt:\/\/127\.0\.0\.1:\d+\n {2}HTTP {2,}http:\/\/127\.0\.0\.1:\d+\n/);
  for (const command of ['user add alice', 'device add', 'app add', 'grant add', 'device run', 'send UID']) {
    t.ok(text.includes(command), command);
  }
  const [, link = ''] = /\n {2}(http:\/\/127\.0\.0\.1:\d+\/setup#[\w-]{43})\n/.exec(text) ?? [];
  t.not(link, '', 'a link to make the first account');
  t.match(await gateway.end('SIGTERM'), { code: 0 });
});

await t.test('accounts by links: the first, others, and no first one any more', async (t) => {
  const data = join(t.testdir(), 'data');
  const begin = async (): Promise<{ gateway: GatewayProcess; link: string | undefined; url: string }> => {
    const gateway = new GatewayProcess(data, ['--log-format', 'text']);
    await gateway.line((line) => line.includes('Ctrl-C'));
    const text = gateway.lines.join('\n');
    return { gateway, link: /http:\S+\/setup#\S+/.exec(text)?.[0], url: /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? '' };
  };
  const signUp = async (url: string, link: string, name: string): Promise<Response> => {
    const session = await fetch(`${url}/console/v1/session`);
    const { csrf } = (await session.json()) as { csrf: string };
    const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
    return fetch(`${url}/console/v1/sign-up`, {
      method: 'POST', headers: { cookie, 'x-csrf-token': csrf, 'content-type': 'application/json' },
      body: JSON.stringify({ token: new URL(link).hash.slice(1), name, password: 'correct horse battery' }),
    });
  };
  const first = await begin();
  await first.gateway.end('SIGTERM');
  const second = await begin();
  t.equal((await signUp(second.url, first.link!, 'marge')).status, 410, 'the link of the start before has ended');
  const made = await signUp(second.url, second.link!, 'marge');
  t.match([made.status, await made.json()], [201, { user: { name: 'marge', operator: true } }]);
  const invited = await lowbeat(['user', 'invite', '--data', data, '--json']);
  const { url: link } = JSON.parse(invited.stdout) as { url: string };
  t.match(link, /^http:\/\/127\.0\.0\.1:\d+\/join#[\w-]{43}$/);
  t.equal((await signUp(second.url, link, 'homer')).status, 201);
  t.match(await lowbeat(['user', 'invite', 'nobody', '--data', data]), { code: 1, stderr: /there is no user "nobody"/ });
  await second.gateway.end('SIGTERM');
  t.match(await lowbeat(['user', 'invite', '--data', data]), { code: 3, stderr: /no gateway runs/ });
  const third = await begin();
  t.equal(third.link, undefined);
  await third.gateway.end('SIGTERM');
});

await t.test('what it cannot begin with is one line on standard error and an exit code of its own', async (t) => {
  const folder = t.testdir({ 'not-json': '{', 'cert.pem': 'no certificate', file: 'a file' });
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const taken = (other.address() as AddressInfo).port;
  const { cert } = selfSigned();
  writeFileSync(join(folder, 'good-cert.pem'), cert);
  writeFileSync(join(folder, 'other-key.pem'), selfSigned().key);
  const at = (name: string) => join(folder, name);
  const tls = (certFile: string, keyFile: string) => ['--mqtts-port', '0', '--tls-cert', at(certFile), '--tls-key', at(keyFile)];

  const cases: [string[], number, RegExp][] = [
    [['--mqtt-port', 'abc'], 2, /^lowbeat: --mqtt-port is "abc": must be a whole number from 0 to 65535.*\[bad-setting\]$/],
    [['--mqtts-port', '0'], 2, /^lowbeat: tlsCert and tlsKey must be given with mqttsPort \(--tls-cert, /],
    [['--config', at('not-json')], 2, /^lowbeat: configuration file .*not-json is not JSON: /],
    [
      ['--trusted-proxies', '10.0.0.0/8', '--trusted-proxies', 'proxy'],
      2,
      /^lowbeat: --trusted-proxies is "10\.0\.0\.0\/8,proxy": must be IP addresses and networks.*\[bad-setting\]$/,
    ],
    [['--colour'], 2, /^lowbeat: unknown option '--colour'$/],
    [tls('absent.pem', 'other-key.pem'), 2, /^lowbeat: cannot read the certificate .*absent\.pem: ENOENT.*\[bad-certificate\]$/],
    [tls('cert.pem', 'other-key.pem'), 2, /^lowbeat: .*cert\.pem is not a certificate in PEM.*\[bad-certificate\]$/],
    [tls('good-cert.pem', 'other-key.pem'), 2, /^lowbeat: .*other-key\.pem is not the private key in PEM of .*\[bad-certificate\]$/],
    [
      ['--mqtt-port', String(taken)],
      5,
      /^lowbeat: cannot listen on 127\.0\.0\.1:\d+: another program has this port; --mqtt-port or LOWBEAT_MQTT_PORT .*\[port-unusable\]$/,
    ],
    [['--http-port', String(taken)], 5, /--http-port or LOWBEAT_HTTP_PORT chooses another port \[port-unusable\]$/],
    [['--host', '192.0.2.1'], 5, /^lowbeat: cannot listen on 192\.0\.2\.1:0: this machine does not have this address.*--host/],
    [['--data', at('file')], 4, /^lowbeat: cannot make the data folder .*file: /],
    [['--data', at('file/below')], 4, /^lowbeat: cannot make the data folder .*below: /],
  ];
  for (const [args, code, line] of cases) {
    const data = join(folder, 'data');
    const ended = await refusal(new GatewayProcess(data, args));
    t.match(ended, { code, line }, args.join(' '));
    t.notOk(ended.line.includes('\n'), 'one line');
    t.equal(ended.stdout, '', 'and nothing on standard output');
  }
  const healthy = await startGateway(join(folder, 'data'));
  t.match(await healthy.end('SIGTERM'), { code: 0 }, 'none of them left the folder locked');
  const mistaken = new GatewayProcess(join(folder, 'data'), [], { LOWBEAT_MQTTPORT: '1' });
  t.match(await refusal(mistaken), { code: 2, line: /did you mean LOWBEAT_MQTT_PORT\?/ });
});

await t.test('a second gateway on the same folder is refused, and the first goes on', async (t) => {
  const data = join(t.testdir(), 'data');
  const first = await startGateway(data);
  t.teardown(() => first.end('SIGKILL'));
  t.match(await refusal(new GatewayProcess(data)), {
    code: 4,
    line: new RegExp(`^lowbeat: the data folder ${data} is in use by another gateway \\(process ${first.child.pid}, since .*\\[STORE_LOCKED\\]$`),
  });
  t.ok(existsSync(join(data, 'gateway.json')), 'the refused one leaves the file of the first');
  const operator = new Operator(first);
  await operator.user('alice');
  t.equal((await fetch(`http://127.0.0.1:${first.ports.httpPort}/readyz`)).status, 200);
});

await t.test('certificates are read again when their files change', async (t) => {
  const folder = t.testdir();
  const [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const replace = ({ cert, key }: { cert: string; key: string }) => {
    writeFileSync(tlsCert, cert);
    writeFileSync(tlsKey, key);
    return fingerprint(cert);
  };
  const [old, renewed] = [selfSigned(), selfSigned()];
  const oldPrint = replace(old);
  const gateway = await startGateway(join(folder, 'data'), [
    '--mqtts-port', '0', '--https-port', '0', '--tls-cert', tlsCert, '--tls-key', tlsKey,
  ]);
  t.teardown(() => gateway.end('SIGKILL'));
  const { mqttsPort = 0, httpsPort = 0 } = gateway.ports;
  const both = () => Promise.all([servedBy(mqttsPort), servedBy(httpsPort)]);
  t.same(await both(), [oldPrint, oldPrint]);

  await t.test('a stock client comes in over TLS', async (t) => {
    const operator = new Operator(gateway);
    const app = await operator.app('chat');
    const options = mosquittoOptions({ ...gateway.ports, mqttPort: mqttsPort }, app);
    const over = [...options, '-t', 'notify/uid_0', '-m', 'x', '-q', '1', '--cafile', tlsCert];
    t.match(await run('mosquitto_pub', over), { code: 0 });
  });

  const renewedPrint = replace(renewed);
  await until('both listeners have the new certificate', async () => (await both()).every((print) => print === renewedPrint));
  t.pass('the new certificate is served');

  writeFileSync(tlsCert, 'no certificate');
  const complaint = await gateway.line((line) => line.includes('the old one stays in use'));
  t.match(JSON.parse(complaint), { level: 'error', error: { message: /cert\.pem is not a certificate in PEM/ } });
  t.same(await both(), [renewedPrint, renewedPrint], 'the last good one is served');
});

function fingerprint(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  return createHash('sha256').update(der).digest('hex');
}

/** The certificate that a new TLS connection gets. */
function servedBy(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex'));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
