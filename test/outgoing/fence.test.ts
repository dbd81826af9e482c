// The fence: where the gateway's own requests may go, whatever a URL or a name server says, and how long they may take.

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { Test } from 'tap';

import { limits } from '../../src/core/limits.js';
import { OutgoingFence, allowanceProblem } from '../../src/outgoing/fence.js';
import type { FenceOptions, Resolve } from '../../src/outgoing/fence.js';
import { requestOutside } from '../../src/outgoing/request.js';
import { selfSigned } from '../device/certificate.js';

const certificate = selfSigned();

/** An HTTPS server on the loopback address, and how often it was connected to. */
async function inside(t: Test, answer: (path: string) => { status: number; headers?: Record<string, string>; body?: string }) {
  let connections = 0;
  const server = createServer(certificate, (request, response) => {
    const { status, headers, body } = answer(request.url ?? '');
    response.writeHead(status, headers).end(body);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

function fence(t: Test, options: Partial<FenceOptions> = {}): OutgoingFence {
  const made = new OutgoingFence({ allow: [], ca: certificate.cert, ...options });
  t.teardown(() => made.close());
  return made;
}

const resolvesTo = (...addresses: readonly string[]): Resolve => (_hostname, done) => {
  done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
};

const get = { method: 'GET', headers: {} } as const;

await t.test('what is not a public https URL is refused before anything is looked up', (t) => {
  const closed: readonly (readonly [string, RegExp])[] = [
    ['http://push.example.org/x', /not an https URL/], ['ftp://push.example.org/x', /not an https URL/],
    ['push.example.org', /not a URL/], ['', /not a URL/], [`https://push.example.org/${'x'.repeat(limits.urlCharacters)}`, /the most/],
    ['http://127.0.0.1:3000/', /not an https URL/], ['https://user@push.example.org/', /name or password/], ['https://user:word@push.example.org/', /name or password/],
    ['https://localhost/', /public name/], ['https://printer/', /public name/], ['https://a.localhost/', /public name/],
    ['https://nas.local/', /public name/], ['https://db.internal/', /public name/], ['https://localhost./', /public name/],
    ...[
      '127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1',
      '169.254.169.254', '100.64.0.1', '192.0.0.1', '198.18.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1',
      '255.255.255.255', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:10.0.0.1]', '[fe80::1]', '[fc00::1]', '[fd12::1]', '[ff02::1]',
      '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]', '[2001:db8::1]', '[fec0::1]', '[100::1]', '[::127.0.0.1]', '[4000::1]',
    ].map((host) => [`https://${host}/`, /public address/] as const),
  ];
  const made = fence(t);
  for (const [url, message] of closed) t.match(made.problem(url) ?? 'open', message, url.slice(0, 60));
  for (const url of ['https://push.example.org/x', 'https://push.example.org:8443/', 'https://8.8.8.8/', 'https://[2606:4700::1111]/']) {
    t.equal(made.problem(url), undefined, url);
  }
  t.end();
});

await t.test('the operator opens origins, addresses and networks', (t) => {
  const made = fence(t, { allow: ['https://push.internal:8443', 'http://app.internal:3000', '10.1.0.0/16', '192.168.7.7', 'fd00:1::/32'] });
  const open = [
    'https://push.internal:8443/x', 'http://app.internal:3000/x', 'https://10.1.2.3/', 'https://192.168.7.7/', 'https://[fd00:1::5]/', 'https://[::ffff:10.1.2.3]/',
  ];
  for (const url of open) t.equal(made.problem(url), undefined, url);
  for (const url of ['https://push.internal/', 'http://push.internal:8443/', 'http://10.1.2.3/', 'https://app.internal:3000/', 'https://10.2.0.1/', 'https://192.168.7.8/', 'https://[fd00:2::5]/']) {
    t.ok(made.problem(url), url);
  }
  for (const text of ['http://push.internal/path', 'ftp://push.internal', 'https://push.internal/path', '10.0.0.0/33', 'push.internal', '', '10.0.0']) {
    t.match(allowanceProblem(text), /https or http origin/, text);
    t.throws(() => new OutgoingFence({ allow: [text] }), RangeError);
  }
  t.equal(allowanceProblem('10.0.0.0/8'), undefined);
  t.end();
});

await t.test('a name that leads inside is not connected to, whatever else it leads to', async (t) => {
  const { port, connections } = await inside(t, () => ({ status: 200, body: 'secret' }));
  for (const addresses of [['127.0.0.1'], ['::1'], ['10.0.0.1', '127.0.0.1'], ['::ffff:127.0.0.1'], []]) {
    const answer = await requestOutside(fence(t, { resolve: resolvesTo(...addresses) }), { ...get, url: `https://push.example.org:${port}/` });
    t.match(answer, { ok: false, kind: 'closed', reason: /no public address/ }, addresses.join(' '));
  }
  // The name server answers with another address the second time it is asked.
  let asked = 0;
  const rebinding: Resolve = (_hostname, done) => {
    asked += 1;
    done(null, [{ address: asked === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
  };
  t.match(await requestOutside(fence(t, { resolve: rebinding }), { ...get, url: `https://push.example.org:${port}/` }), { kind: 'closed' });
  t.match(await requestOutside(fence(t), { ...get, url: `https://127.0.0.1:${port}/` }), { kind: 'closed', reason: 'not a public address' });
  t.equal(connections(), 0);
});

await t.test('a redirect is an answer, and is not followed', async (t) => {
  const secret = await inside(t, () => ({ status: 200, body: 'secret' }));
  const { port } = await inside(t, () => ({ status: 307, headers: { location: `https://127.0.0.1:${secret.port}/` } }));
  const answer = await requestOutside(fence(t, { allow: [`https://127.0.0.1:${port}`] }), { ...get, url: `https://127.0.0.1:${port}/` });
  t.match(answer, { ok: true, status: 307 });
  t.equal(secret.connections(), 0);
});

await t.test('an answer is bounded, and so is the wait for it', async (t) => {
  const { port } = await inside(t, (path) => ({ status: 200, body: 'x'.repeat(Number(path.slice(1))) }));
  const made = fence(t, { allow: ['127.0.0.0/8'] });
  const url = (bytes: number): string => `https://127.0.0.1:${port}/${bytes}`;
  const all = await requestOutside(made, { ...get, url: url(limits.outgoingAnswerBytes) });
  t.equal(all.ok && all.body.length, limits.outgoingAnswerBytes);
  t.match(await requestOutside(made, { ...get, url: url(limits.outgoingAnswerBytes + 1) }), { ok: false, kind: 'too-large' });
  const never = createServer(certificate, () => undefined);
  await new Promise<void>((resolve) => {
    never.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => {
    never.closeAllConnections();
    never.close();
  });
  const hung = { ...get, url: `https://127.0.0.1:${(never.address() as AddressInfo).port}/`, withinMs: 100 };
  t.match(await requestOutside(made, hung), { ok: false, kind: 'timeout' });
  const nobody = { ...get, url: 'https://127.0.0.1:1/' };
  t.match(await requestOutside(made, nobody), { ok: false, kind: 'network', reason: 'ECONNREFUSED' }, 'no address in it');
  const unknown: Resolve = (_hostname, done) => done(Object.assign(new Error('push.example.org'), { code: 'ENOTFOUND' }), []);
  const lost = await requestOutside(fence(t, { resolve: unknown }), { ...get, url: 'https://push.example.org/' });
  t.match(lost, { ok: false, kind: 'network', reason: 'ENOTFOUND' });
});
