import fastify from 'fastify';
import { request as httpRequest } from 'node:http';
import t from 'tap';
import type { Test } from 'tap';
import { WebSocket } from 'ws';

import { networkOf, trustedProxies } from '../../src/http/client-address.js';
import { HttpFront } from '../../src/http/front.js';
import { noLog } from '../../src/ports/log.js';

/** Both ways to ask who it is: a request, and a WebSocket. */
async function asking(t: Test, proxies: readonly string[]): Promise<(forwarded?: string) => Promise<readonly string[]>> {
  const isTrustedProxy = trustedProxies(proxies);
  const app = fastify({ trustProxy: isTrustedProxy });
  app.get('/', (request, reply) => reply.send(request.ip));
  await app.ready();
  const addresses: string[] = [];
  const front = new HttpFront({
    app, log: noLog, isTrustedProxy, onMqttSocket: (socket, address) => {
      addresses.push(address);
      socket.terminate();
    },
  });
  t.teardown(() => front.close(50));
  const { port } = await front.listen({ port: 0, host: '127.0.0.1' });
  return async (forwarded) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const asked = await new Promise<string>((resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', headers, agent: false }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      }).on('error', reject).end();
    });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, ['mqtt'], { headers });
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('close', resolve));
    return [asked, addresses.at(-1) ?? ''];
  };
}

await t.test('nobody is believed unless it is trusted', async (t) => {
  const none = await asking(t, []);
  t.same(await none('203.0.113.9'), ['127.0.0.1', '127.0.0.1']);
  const others = await asking(t, ['10.0.0.0/8', '192.0.2.1']);
  t.same(await others('203.0.113.9'), ['127.0.0.1', '127.0.0.1']);
});

await t.test('of those that are named the last that is no proxy counts', async (t) => {
  const trusting = await asking(t, ['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48']);
  const cases: readonly (readonly [forwarded: string | undefined, address: string])[] = [
    [undefined, '127.0.0.1'],
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8::1', '2001:db8::1'],
    ['192.0.2.66, 203.0.113.9', '203.0.113.9'],
    ['192.0.2.66, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['203.0.113.9 ,2001:db8:1::7,  10.1.2.3', '203.0.113.9'],
    ['10.0.0.5', '10.0.0.5'],
    ['10.0.0.5, ::ffff:10.0.0.6', '10.0.0.5'],
    ['203.0.113.9, 127.0.0.1', '203.0.113.9'],
    ['203.0.113.9, nonsense', 'nonsense'],
  ];
  for (const [forwarded, address] of cases) t.same(await trusting(forwarded), [address, address], forwarded ?? 'no header');
});

await t.test('what is trusted is told by address or network', (t) => {
  const isTrusted = trustedProxies(['192.0.2.0/24', '198.51.100.7', '2001:db8::/32', '::1']);
  for (const address of ['192.0.2.255', '::ffff:192.0.2.1', '198.51.100.7', '2001:db8:ffff::1', '::1']) t.ok(isTrusted(address), address);
  for (const address of ['192.0.3.0', '198.51.100.8', '2001:db9::1', '::2', '', 'unknown', 'fe80::1%eth0']) t.notOk(isTrusted(address), address);
  t.throws(() => trustedProxies(['proxy.example.org']));
  t.end();
});

await t.test('a client is an IPv4 address or an IPv6 network of 64 bits', (t) => {
  t.equal(networkOf('::ffff:192.0.2.1'), networkOf('192.0.2.1'));
  t.equal(networkOf('2001:db8::1'), networkOf('2001:db8::ffff:1'));
  t.not(networkOf('2001:db8::1'), networkOf('2001:db8:0:1::1'));
  t.equal(networkOf('nonsense'), networkOf('unknown'));
  for (let index = 0; index < 3_000; index += 1) {
    const address = `10.${index % 200}.${index % 7}.${index % 250}`;
    if (networkOf(address) !== address) t.fail(`${address} is not what it is, in a storm of others`);
  }
  t.end();
});
