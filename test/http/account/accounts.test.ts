// Accounts: who gets in, and who does not.

import t from 'tap';

import { limits } from '../../../src/core/limits.js';
import { consoleWorld, origin, password } from '../console/console-world.js';

const day = 86_400_000;

await t.test('a request that a page of another origin may have made changes nothing', async (t) => {
  const { browser, member } = await consoleWorld(t);
  const page = await member('marge');
  const stranger = browser();
  t.match(await stranger.ask('POST', '/sign-in/password', { name: 'marge', password }), { status: 403, body: { code: 'forged-request' } }, 'no cookie');
  const { csrf } = page;
  const headers = { 'x-csrf-token': csrf ?? '' };
  for (const [what, wrong] of [
    ['no token', {}],
    ['the token of another session', { 'x-csrf-token': (await stranger.get('/session')).body.csrf }],
    ['a page of another origin', { ...headers, origin: 'https://evil.example' }],
    ['a page that has none', { ...headers, origin: 'null' }],
    ['what the browser says of it', { ...headers, 'sec-fetch-site': 'cross-site' }],
    ['a sibling', { ...headers, 'sec-fetch-site': 'same-site' }],
  ] as const) {
    t.match(await page.ask('POST', '/sign-out', {}, wrong), { status: 403, body: { code: 'forged-request' } }, what);
  }
  t.match((await page.get('/session')).body, { user: { name: 'marge' } }, 'still signed in');
  t.match(await page.ask('POST', '/sign-out', {}, { ...headers, origin, 'sec-fetch-site': 'same-origin' }), { status: 204 });
});

await t.test('an invitation makes one account, and then no more', async (t) => {
  const { accounts, browser, world } = await consoleWorld(t);
  const made = await accounts.invitations.make({ operator: true });
  if (typeof made === 'string') throw new Error(made);
  const { token } = made;
  const page = browser();
  t.match(await page.post('/invitation', { token }), { status: 200, body: { kind: 'invitation', operator: true } });
  t.match(await page.post('/sign-up', { token, name: 'marge', password: 'short' }), { status: 400, body: { code: 'bad-password', detail: /10 to 256 characters/ } });
  t.match(await page.post('/sign-up', { token, name: '/', password }), { status: 400, body: { code: 'bad-name' } });
  t.match(await page.post('/sign-up', { token, name: 'marge' }), { status: 400, body: { code: 'bad-request', errors: [{ key: 'password' }] } });
  await world.user('homer');
  t.match(await page.post('/sign-up', { token, name: 'homer', password }), { status: 409, body: { code: 'name-taken' } }, 'which leaves the invitation');

  const pages = ['192.0.2.2', '192.0.2.3', '192.0.2.4'].map((address) => browser(address));
  const answers = await Promise.all(pages.map((one, index) => one.post('/sign-up', { token, name: `marge${index}`, password })));
  t.same(answers.map(({ status }) => status).sort(), [201, 410, 410], 'of three at once one gets it');
  t.match(answers.find(({ status }) => status === 201)?.body, { user: { operator: true } });
  t.match(await page.post('/invitation', { token }), { status: 410, body: { code: 'bad-invitation' } });

  const later = await accounts.invitations.make({ operator: false });
  if (typeof later === 'string') throw new Error(later);
  await world.time.leap(7 * day);
  t.match(await page.post('/sign-up', { token: later.token, name: 'lisa', password }), { status: 410 }, 'a week later it is over');
});

await t.test('who has no account and who has another password are told the same', async (t) => {
  const { browser, member } = await consoleWorld(t);
  await member('marge');
  const page = browser('192.0.2.9');
  const wrong = await page.post('/sign-in/password', { name: 'marge', password: 'not the right one' });
  const nobody = await page.post('/sign-in/password', { name: 'nobody', password });
  t.match(wrong, { status: 401, body: { code: 'wrong-credentials' } });
  t.same(nobody.body, wrong.body);
  const before = [...page.cookies.values()].map(({ value }) => value);
  t.match(await page.post('/sign-in/password', { name: 'marge', password }), { status: 200, body: { user: { name: 'marge', operator: false } } });
  t.notOk([...page.cookies.values()].some(({ value }) => before.includes(value)), 'the session has another token than before');
});

await t.test('the cookie is for this host alone, and its token lies nowhere', async (t) => {
  const { member, world } = await consoleWorld(t);
  const page = await member('marge');
  const line = page.setCookies.filter((one) => one.startsWith('__Host-lowbeat=')).at(-1) ?? '';
  for (const attribute of [/; HttpOnly/i, /; Secure/i, /; SameSite=Lax/i, /; Path=\/(;|$)/i, /; Max-Age=2592000/i]) t.match(line, attribute);
  t.notMatch(line, /domain/i);
  const token = page.cookies.get('__Host-lowbeat')?.value ?? '';
  t.equal(token.length, 43);
  for await (const { key, value } of world.store.export()) {
    t.notOk(key.includes(token) || Buffer.from(value).includes(token), 'the store has its hash only');
    t.notOk(Buffer.from(value).includes(password));
  }
  const plain = await (await consoleWorld(t, { publicUrl: 'http://localhost:8080' })).member('marge');
  t.ok(plain.cookies.has('lowbeat'), 'without https a name without the prefix');
});

await t.test('whoever tries passwords is slowed down, and locks nobody out', async (t) => {
  const { browser, member, world } = await consoleWorld(t);
  const home = await member('marge');
  await home.post('/sign-out');
  const tries = async (address: string, name: string): Promise<number> => {
    let count = 0;
    for (const page = browser(address); count < 100; count += 1) {
      const answer = await page.post('/sign-in/password', { name, password: 'not the right one' });
      if (answer.status === 401) continue;
      t.match(answer, { status: 429, body: { code: 'rate-limited' }, headers: { 'retry-after': /^\d+$/ } });
      break;
    }
    return count;
  };
  t.equal(await tries('198.51.100.1', 'marge'), limits.signInBurstPerName, 'by one name');
  t.equal(await tries('198.51.100.2', 'marge'), 0, 'from wherever');
  t.match(await browser('198.51.100.3').post('/sign-in/password', { name: 'marge', password }), { status: 429 }, 'the right one, too, from a browser nobody knows');
  home.csrf = undefined;
  t.match(await home.post('/sign-in/password', { name: 'marge', password }), { status: 200 }, 'and not from the one that she used before');
  t.equal(await tries('198.51.100.4', 'homer'), limits.signInBurstPerName);
  t.equal(await tries('198.51.100.4', 'bart'), limits.signInBurstPerAddress - limits.signInBurstPerName - 1, 'from one address, whatever the name');
  await world.time.leap(61_000);
  t.match(await browser('198.51.100.5').post('/sign-in/password', { name: 'marge', password }), { status: 200 }, 'a minute later one more');
});

await t.test('a session ends a week after its last use, and a month after it began', async (t) => {
  const { member, world } = await consoleWorld(t);
  const [idle, busy] = [await member('marge'), await member('homer')];
  for (let days = 0; days < 6; days += 1) {
    await world.time.leap(day);
    t.match(await busy.get('/apps'), { status: 200 });
  }
  await world.time.leap(day);
  t.match(await idle.get('/apps'), { status: 401, body: { code: 'sign-in-required' } }, 'a week without');
  for (let days = 7; days < 29; days += 1) {
    t.match(await busy.get('/apps'), { status: 200 }, `day ${days}`);
    await world.time.leap(day);
  }
  t.match(await busy.get('/apps'), { status: 200 }, 'day 29');
  await world.time.leap(day);
  t.match(await busy.get('/apps'), { status: 401 }, 'a month');
});

await t.test('signed out is signed out, and a new password ends the other sessions', async (t) => {
  const { browser, member, accounts, world } = await consoleWorld(t);
  const first = await member('marge');
  const second = browser();
  t.match(await second.post('/sign-in/password', { name: 'marge', password }), { status: 200 });
  const kept = new Map(second.cookies);
  t.match(await second.post('/sign-out'), { status: 204 });
  for (const [name, cookie] of kept) second.cookies.set(name, cookie);
  t.match(await second.get('/apps'), { status: 401 }, 'also with the cookie that was');

  const third = browser();
  await third.post('/sign-in/password', { name: 'marge', password });
  const another = 'tr0ub4dor and three';
  t.match(await first.post('/credentials/password', { password: another }, 'PUT'), { status: 403, body: { code: 'wrong-credentials' } }, 'not without the current one');
  t.match(await first.post('/credentials/password', { current: password, password: another }, 'PUT'), { status: 204 });
  t.match(await first.get('/apps'), { status: 200 });
  t.match(await third.get('/apps'), { status: 401 });
  t.match(await browser('192.0.2.7').post('/sign-in/password', { name: 'marge', password }), { status: 401 });

  const user = await world.store.userByName('marge');
  const link = await accounts.invitations.make({ operator: false, user: user!.id });
  if (typeof link === 'string') throw new Error(link);
  const page = browser('192.0.2.8');
  t.match(await page.post('/invitation', { token: link.token }), { body: { kind: 'recovery', name: 'marge' } });
  t.match(await page.post('/sign-up', { token: link.token, name: '', password }), { status: 201, body: { user: { name: 'marge' } } }, 'an operator can help');
  t.match(await first.get('/apps'), { status: 401 }, 'and whoever was in is not');
});

await t.test('a user has so many sessions, and the longest unused goes', async (t) => {
  const { browser, member, world } = await consoleWorld(t);
  const first = await member('marge');
  for (let count = 1; count < limits.sessionsPerUser; count += 1) {
    await world.time.leap(60_000);
    await browser(`203.0.113.${count}`).post('/sign-in/password', { name: 'marge', password });
  }
  t.match(await first.get('/apps'), { status: 200 });
  await world.time.leap(60_000);
  await browser('203.0.113.200').post('/sign-in/password', { name: 'marge', password });
  t.match(await first.get('/apps'), { status: 401 });
  const user = await world.store.userByName('marge');
  t.equal((await world.store.documentsOf(user!.id, 'session')).length, limits.sessionsPerUser);
});

await t.test('of very many that sign in at once the last are told to come back', async (t) => {
  const { browser, member } = await consoleWorld(t);
  await member('marge');
  const count = limits.passwordChecksWaiting + 8;
  const answers = await Promise.all(Array.from({ length: count }, (_one, index) =>
    browser(`10.0.${index}.1`).post('/sign-in/password', { name: `nobody ${index}`, password })));
  const busy = answers.filter(({ status }) => status === 503);
  t.equal(busy.length, count - limits.passwordChecksWaiting);
  t.match(busy[0], { body: { code: 'busy' }, headers: { 'retry-after': '2' } });
  t.equal(answers.filter(({ status }) => status === 401).length, limits.passwordChecksWaiting, 'and the others are served');
});

await t.test('a password that is replaced while somebody signs in with it lets nobody in', async (t) => {
  const { accounts, browser, member } = await consoleWorld(t);
  const first = await member('marge');
  const page = browser('192.0.2.30');
  await page.get('/session');
  const { sessions } = accounts;
  const of = sessions.of.bind(sessions);
  // Whoever signs in is held up at each look at the sessions until the password is another one.
  let changed: Promise<unknown> | undefined;
  sessions.of = async (request) => {
    if (request.url.includes('/sign-in/')) {
      changed ??= first.post('/credentials/password', { current: password, password: 'tr0ub4dor and three' }, 'PUT');
      t.match(await changed, { status: 204 });
    }
    return of(request);
  };
  const answer = await page.post('/sign-in/password', { name: 'marge', password });
  t.ok(changed !== undefined, 'it was held up');
  t.match(answer, { status: 401, body: { code: 'wrong-credentials' } });
  t.match(await page.get('/apps'), { status: 401 });
});

await t.test('whoever has a session cannot guess the password with it', async (t) => {
  const { member, world } = await consoleWorld(t);
  const page = await member('marge');
  const guess = () => page.post('/credentials/password', { current: 'not the right one', password: 'tr0ub4dor and three' }, 'PUT');
  for (let count = 0; count < limits.signInBurstPerName; count += 1) t.match(await guess(), { status: 403, body: { code: 'wrong-credentials' } });
  t.match(await guess(), { status: 429, body: { code: 'rate-limited' }, headers: { 'retry-after': /^\d+$/ } });
  await world.time.leap(61_000);
  t.match(await page.post('/credentials/password', { current: password, password: 'tr0ub4dor and three' }, 'PUT'), { status: 204 });
});
