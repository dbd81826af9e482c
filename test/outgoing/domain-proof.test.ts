// What an app's web site says of it, read through the fence from a real site.

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import t from 'tap';

import { readDomainProof } from '../../src/outgoing/domain-proof.js';
import { OutgoingFence } from '../../src/outgoing/fence.js';
import { selfSigned } from '../device/certificate.js';

await t.test('the text, or why there is none', async (t) => {
  const certificate = selfSigned();
  let answer: { readonly status: number; readonly body: string; readonly location?: string } = { status: 200, body: 'key\n' };
  const server = createServer(certificate, ({ url }, response) => {
    const { status, body, location } = answer;
    response.writeHead(url === '/proof' ? status : 404, location === undefined ? {} : { location }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const open = new OutgoingFence({ allow: [`https://localhost:${port}`], ca: certificate.cert });
  const closed = new OutgoingFence({ allow: [], ca: certificate.cert });
  t.teardown(() => [open, closed].forEach((fence) => fence.close()));

  t.same(await readDomainProof(open, 'localhost', '/proof', port), { ok: true, text: 'key\n' });
  t.match(await readDomainProof(open, 'localhost', '/elsewhere', port), { ok: false, reason: /status 404/ });
  answer = { status: 302, body: '', location: 'https://localhost/key' };
  t.match(await readDomainProof(open, 'localhost', '/proof', port), { ok: false, reason: /status 302/ }, 'redirects are not followed');
  answer = { status: 200, body: 'x'.repeat(5_000) };
  t.match(await readDomainProof(open, 'localhost', '/proof', port), { ok: false, reason: /above/ });
  t.match(await readDomainProof(closed, 'localhost', '/proof', port), { ok: false }, 'nobody is sent into the operator\'s network');
});
