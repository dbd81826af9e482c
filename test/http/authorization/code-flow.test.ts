import t from 'tap';

import type { Uid } from '../../../src/core/ids.js';
import { browser, redirectUri, setUp, verifier } from './authorization-world.js';

const trade = (back: URL): Record<string, string> => ({
  grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: redirectUri, code_verifier: verifier,
});
const subOf = (idToken = ''): unknown =>
  (JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as { sub?: unknown }).sub;

await t.test('presence A2: deny is a redirect with an error and no uid, and there is no grant', async (t) => {
  const { decide, world, user } = await setUp(t);
  const back = await decide(browser(), 'deny');
  t.equal(back.searchParams.get('error'), 'access_denied');
  t.equal(back.searchParams.get('state'), 'mine');
  t.notMatch(back.href, /uid_/);
  t.same(await world.store.grantsOfUser(user), []);
});

await t.test('presence A3: without PKCE, or back to elsewhere, nothing begins', async (t) => {
  const { begin } = await setUp(t);
  const bare = await begin(browser(), { code_challenge: '', code_challenge_method: '' });
  t.match(bare.headers.get('location'), /error=invalid_request/);
  const elsewhere = await begin(browser(), { redirect_uri: `${redirectUri}/more` });
  t.equal(elsewhere.status, 400);
  t.equal(elsewhere.headers.get('location'), null);
});

await t.test('presence A3: a code is good once, with its verifier and secret; replayed it kills its tokens', async (t) => {
  const { decide, token, url, world, user } = await setUp(t);
  const back = await decide(browser(), 'allow');
  t.equal((await token(trade(back), 'wrong')).status, 401);
  const first = await token(trade(back));
  t.equal(first.status, 200);
  const [grant] = await world.store.grantsOfUser(user);
  t.equal(subOf(first.body.id_token), grant?.uid);
  const headers = { authorization: `Bearer ${first.body.access_token}` };
  t.equal((await fetch(`${url}/oauth/userinfo`, { headers })).status, 200);
  const again = await token(trade(back));
  t.equal(again.body.error, 'invalid_grant');
  t.equal((await fetch(`${url}/oauth/userinfo`, { headers })).status, 401);
  t.equal((await token({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token ?? '' })).body.error, 'invalid_grant');
});

await t.test('a refresh token is good once', async (t) => {
  const { decide, token } = await setUp(t);
  const { body } = await token(trade(await decide(browser(), 'allow')));
  const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' };
  const next = await token(refresh);
  t.equal(next.status, 200);
  t.not(next.body.refresh_token, body.refresh_token);
  t.equal((await token(refresh)).body.error, 'invalid_grant');
});

await t.test('presence A6: accepting twice keeps one grant and its uid', async (t) => {
  const { decide, token, world, user } = await setUp(t);
  const one = browser();
  const first = await token(trade(await decide(one, 'allow')));
  const second = await token(trade(await decide(one, 'allow')));
  t.equal(subOf(second.body.id_token), subOf(first.body.id_token));
  t.equal((await world.store.grantsOfUser(user)).length, 1);
});

await t.test('presence A7: a deactivated app gets nothing', async (t) => {
  const { decide, token, begin, world, app } = await setUp(t);
  const { body } = await token(trade(await decide(browser(), 'allow')));
  await world.store.changeApp(app, { deactivated: true });
  t.equal((await token({ grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' })).status, 401);
  t.equal((await begin(browser())).headers.get('location'), null);
});

await t.test('presence B4: a revoke ends the tokens; a new grant has a new uid', async (t) => {
  const { decide, token, url, world, user } = await setUp(t);
  const { body } = await token(trade(await decide(browser(), 'allow')));
  const [grant] = await world.store.grantsOfUser(user);
  await world.revoke(grant?.uid as Uid);
  t.equal((await fetch(`${url}/oauth/userinfo`, { headers: { authorization: `Bearer ${body.access_token}` } })).status, 401);
  t.equal((await token({ grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' })).body.error, 'invalid_grant');
  const next = await token(trade(await decide(browser(), 'allow')));
  t.not(subOf(next.body.id_token), grant?.uid);
});

await t.test('presence B7: allow and deny need the CSRF token, an account, and the browser that began', async (t) => {
  const { decide, begin, url, world, user } = await setUp(t);
  await t.rejects(decide(browser(), 'allow', { 'x-user': 'anna' }), /403/);
  await t.rejects(decide(browser(), 'deny', { 'x-user': 'anna' }), /403/);
  await t.rejects(decide(browser(), 'allow', { 'x-csrf-token': 'good' }), /401/);
  const page = (await begin(browser())).headers.get('location') ?? '';
  const lured = await browser().go(`${url}/console/v1/interaction/${page.split('/').at(-1)}/allow`, {
    method: 'POST', headers: { 'x-user': 'anna', 'x-csrf-token': 'good' },
  });
  t.equal(lured.status, 404);
  t.same(await world.store.grantsOfUser(user), []);
});

await t.test('both well-known addresses tell the endpoints', async (t) => {
  const { url } = await setUp(t);
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    const metadata = await (await fetch(`${url}/.well-known/${name}`)).json() as Record<string, unknown>;
    t.match(metadata, { issuer: url, token_endpoint: `${url}/oauth/token`, code_challenge_methods_supported: ['S256'] });
  }
});

await t.test('whoever begins too many authorizations is told to come back', async (t) => {
  const { begin } = await setUp(t);
  const one = browser();
  const statuses = new Set<number>();
  for (let count = 0; count < 70; count += 1) statuses.add((await begin(one)).status);
  t.same([...statuses], [303, 429]);
});
