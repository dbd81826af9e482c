// Passkeys, with an authenticator in software.

import t from 'tap';

import { limits } from '../../../src/core/limits.js';
import { consoleWorld, origin } from '../console/console-world.js';
import { Authenticator } from './authenticator.js';

await t.test('an account with a passkey and no password', async (t) => {
  const { accounts, browser } = await consoleWorld(t);
  const made = await accounts.invitations.make({ operator: false });
  if (typeof made === 'string') throw new Error(made);
  const { token } = made;
  const page = browser();
  const key = new Authenticator();
  const options = await page.post('/sign-up/passkey/options', { token, name: 'marge' });
  t.match(options.body, { rp: { id: 'push.example.org' }, user: { name: 'marge' }, authenticatorSelection: { userVerification: 'required' } });
  t.match(
    await page.post('/sign-up', { token, name: 'marge', passkey: key.create(options.body, 'https://evil.example') }),
    { status: 400, body: { code: 'bad-passkey' } }, 'made for another page, which leaves the invitation',
  );
  const again = await page.post('/sign-up/passkey/options', { token, name: 'marge' });
  t.match(await page.post('/sign-up', { token, name: 'marge', passkey: key.create(again.body, origin) }), { status: 201, body: { user: { name: 'marge' } } });

  const other = browser('192.0.2.2');
  const challenge = await other.post('/sign-in/passkey/options');
  t.match(await other.post('/sign-in/passkey', { response: key.get(challenge.body, origin) }), { status: 200, body: { user: { name: 'marge' } } });
  t.match((await other.get('/credentials')).body, { password: false, passkeys: [{ name: 'passkey', usedAtMs: Number }] });
  const [{ id }] = (await other.get('/credentials')).body.passkeys as readonly [{ readonly id: string }];
  t.match(await other.post(`/credentials/passkey/${id}`, {}, 'DELETE'), { status: 409, body: { code: 'last-credential' } });
});

await t.test('what an authenticator signed lets nobody in a second time, elsewhere, later, or as a copy', async (t) => {
  const { member, browser, world } = await consoleWorld(t);
  const marge = await member('marge');
  const key = new Authenticator();
  const options = await marge.post('/credentials/passkey/options');
  t.match(await marge.post('/credentials/passkey', { name: 'phone', response: key.create(options.body, origin) }), { status: 204 });
  const again = await marge.post('/credentials/passkey/options');
  t.same(again.body.excludeCredentials.map(({ id: one }) => one), [key.id.toString('base64url')]);
  t.match(await marge.post('/credentials/passkey', { name: 'phone', response: key.create(again.body, origin) }), { status: 400 }, 'it is there already');

  const page = browser('192.0.2.3');
  const challenge = (await page.post('/sign-in/passkey/options')).body;
  const response = key.get(challenge, origin);
  const elsewhere = browser('192.0.2.4');
  await elsewhere.get('/session');
  const refused = { status: 401, body: { code: 'wrong-credentials' } };
  t.match(await elsewhere.post('/sign-in/passkey', { response }), refused, 'in another browser');
  t.match(await page.post('/sign-in/passkey', { response }), { status: 200 });
  t.match(await page.post('/sign-in/passkey', { response }), refused, 'a second time');

  const late = (await page.post('/sign-in/passkey/options')).body;
  await world.time.leap(limits.challengeMs);
  t.match(await page.post('/sign-in/passkey', { response: key.get(late, origin) }), refused, 'too late');

  key.counter = 0;
  const copied = (await page.post('/sign-in/passkey/options')).body;
  t.match(await page.post('/sign-in/passkey', { response: key.get(copied, origin) }), refused, 'a copy of the key has counted less');

  key.counter = 10;
  const stranger = new Authenticator();
  const unknown = (await page.post('/sign-in/passkey/options')).body;
  t.match(await page.post('/sign-in/passkey', { response: stranger.get(unknown, origin) }), refused, 'a key that nobody has');
  t.match(await page.post('/sign-in/passkey', { response: { id: key.id.toString('base64url') } }), refused, 'half an answer');

  const [{ id }] = (await marge.get('/credentials')).body.passkeys as readonly [{ readonly id: string }];
  const homer = await member('homer');
  t.match(await homer.post(`/credentials/passkey/${id}`, {}, 'DELETE'), { status: 404 }, 'not somebody else\'s');
  t.match(await marge.post(`/credentials/passkey/${id}`, {}, 'DELETE'), { status: 204 });
  t.match(await page.get('/apps'), { status: 401 }, 'who came in with it is out');
  const gone = (await page.post('/sign-in/passkey/options')).body;
  t.match(await page.post('/sign-in/passkey', { response: key.get(gone, origin) }), refused);
});

await t.test('where browsers know no passkeys, it is said', async (t) => {
  const { browser } = await consoleWorld(t, { publicUrl: 'http://192.0.2.1:8080' });
  const page = browser();
  t.equal((await page.get('/session')).body.passkeys, false);
  t.match(await page.post('/sign-in/passkey/options'), { status: 409, body: { code: 'passkeys-unavailable' } });
});

await t.test('a way back in by a passkey ends the sessions that were', async (t) => {
  const { accounts, browser, member, world } = await consoleWorld(t);
  const marge = await member('marge');
  const user = await world.store.userByName('marge');
  const made = await accounts.invitations.make({ operator: false, user: user!.id });
  if (typeof made === 'string') throw new Error(made);
  const page = browser('192.0.2.40');
  const options = await page.post('/sign-up/passkey/options', { token: made.token, name: '' });
  const passkey = new Authenticator().create(options.body, origin);
  t.match(await page.post('/sign-up', { token: made.token, name: '', passkey }), { status: 201 });
  t.match(await page.get('/apps'), { status: 200 });
  t.match(await marge.get('/apps'), { status: 401 });
});
