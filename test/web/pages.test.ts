// The pages, as somebody uses them who opens the gateway's address in a browser.

import { readFileSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import type { Page } from 'playwright-core';
import t from 'tap';
import type { Test } from 'tap';

import { pairDevice } from '../../src/device/index.js';
import type { PairingCode } from '../../src/device/index.js';
import { VirtualTime } from '../device/virtual-time.js';
import { beat } from '../gateway/world.js';
import { picture } from './chromium.js';
import { pagesWorld, root } from './pages-world.js';

// A browser starts for each of them. The pages are those of the last build, which `npm test` makes.
t.setTimeout(120_000);

const password = 'correct horse battery';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function join_(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Go on with this password' }).click();
  await page.getByRole('heading', { name: 'My apps' }).waitFor();
}

/** What axe finds wrong with the page as it is. */
async function violations(page: Page): Promise<readonly string[]> {
  // The page lets no script in but its own; this one comes from the test, past that.
  return page.evaluate(`(() => { ${axe}; return axe.run(document).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' '))); })()`);
}

await t.test('somebody makes an account and decides what an app sees', async (t) => {
  const { world, open, invite, url } = await pagesWorld(t);
  const { page, complaints } = await open();
  const link = await invite();
  await join_(page, link, 'marge');
  t.equal(page.url(), `${url}/apps`, 'the token of the link is not in the address any more');
  await page.getByText('You have allowed no app yet').waitFor();

  const { id: app } = await world.app('BeerChat');
  const uid = await world.grant('marge', 'BeerChat', ['notify', 'presence']);
  const device = await world.device('marge');
  const phone = await world.connect(device.id);
  await phone.up({ heartbeat: beat });
  const card = page.getByRole('article').filter({ hasText: 'BeerChat' });
  await card.getByText('online').waitFor();
  await picture(page, 'apps');

  await card.getByRole('button', { name: 'Pause BeerChat' }).click();
  await card.getByText('Paused: it sees you offline').waitFor();
  t.equal(await world.gateway.presence.of(app, uid), 'offline');
  await card.getByRole('button', { name: 'Resume BeerChat' }).click();
  await card.getByText('online').waitFor();

  await card.getByText('Times for BeerChat').click();
  await card.getByLabel('Only at these times').check();
  await card.getByLabel('Saturday').uncheck();
  await card.getByLabel('Sunday').uncheck();
  await card.getByLabel('from').fill('21:00');
  await card.getByLabel('to', { exact: true }).fill('00:00');
  await card.getByLabel('is dropped').check();
  await picture(page, 'times');
  await card.getByRole('button', { name: 'Save times' }).click();
  await card.getByText('Saved: it holds from now on.').waitFor();
  const days = [1, 2, 3, 4, 5];
  t.match(await world.store.grant(uid), {
    schedule: { zone: 'Europe/Paris', windows: [{ days, startMinute: 1_260, endMinute: 1_440 }] }, outside: 'drop',
  });
  await card.getByText('Mon–Fri 21:00–24:00 (Europe/Paris)').waitFor();
  await card.getByLabel('Time zone').fill('Europe/Springfield');
  await card.getByRole('button', { name: 'Save times' }).click();
  await card.getByText(/Zone "Europe\/Springfield": an IANA name/).waitFor();

  await card.getByRole('button', { name: 'Revoke BeerChat' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  t.equal((await world.store.grant(uid))?.revokedAtMs, undefined, 'asked before it is done');
  await card.getByRole('button', { name: 'Revoke BeerChat' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke BeerChat' }).click();
  await page.getByText('You have allowed no app yet').waitFor();
  t.equal(await world.gateway.presence.of(app, uid), 'revoked');
  t.same(complaints, []);

  const second = await open();
  await second.page.goto(link);
  await second.page.getByRole('heading', { name: 'This link does not work' }).waitFor();
});

await t.test('devices, status, and the end', async (t) => {
  const { world, open, invite } = await pagesWorld(t);
  const { page, complaints } = await open();
  await join_(page, await invite(), 'marge');
  await page.getByRole('link', { name: 'Devices' }).click();
  await page.getByLabel('Name').fill('phone');
  await page.getByRole('button', { name: 'Add device' }).click();
  const token = await page.locator('dt:text("Token") + dd code').innerText();
  const id = await page.locator('dt:text("Device") + dd code').innerText();
  t.match(await world.gateway.authenticate(id, Buffer.from(token)), { device: id });
  const phone = await world.connect(id as never);
  await phone.up({ heartbeat: beat });
  const card = page.getByRole('article').filter({ hasText: 'phone' });
  await card.getByText('wifi, battery').waitFor();
  await picture(page, 'devices');
  await card.getByText('Change phone').click();
  await card.getByLabel('Name').fill('kitchen');
  await card.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('heading', { name: 'kitchen' }).waitFor();

  await page.getByRole('link', { name: 'Status' }).click();
  await page.getByRole('button', { name: 'Set invisible' }).click();
  await page.locator('li.chosen', { hasText: 'Invisible' }).waitFor();
  await page.getByRole('button', { name: 'Use Europe/Paris' }).click();
  await page.getByText('read in Europe/Paris').waitFor();
  await picture(page, 'status');
  const user = await world.store.userByName('marge');
  t.match(user, { manualStatus: 'invisible', zone: 'Europe/Paris' });

  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByText('Delete my account').click();
  await page.getByLabel('Type marge').fill('marge');
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  t.equal(await world.store.userByName('marge'), undefined);
  t.same(complaints, []);
});

await t.test('a device that shows a code is paired, by whoever follows its link and signs in', async (t) => {
  const { world, open, invite, url } = await pagesWorld(t);
  await join_((await open()).page, await invite(), 'marge');
  const time = new VirtualTime();
  let shown: PairingCode | undefined;
  const device = pairDevice({ gateway: url, name: 'kitchen radio', onCode: (code) => (shown = code), clock: time, timer: time });
  while (shown === undefined) await new Promise(setImmediate);
  const { userCode, completeUrl } = shown;

  const { page, complaints } = await open({ viewport: { width: 360, height: 640 } });
  await page.goto(completeUrl);
  await page.getByLabel('Name').fill('marge');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Is kitchen radio yours?' }).waitFor();
  await page.getByText(userCode).waitFor();
  t.same(await violations(page), []);
  t.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it fits a phone');
  await picture(page, 'pair');
  await page.getByLabel('Name').fill('radio');
  await page.getByRole('button', { name: 'Pair it' }).click();
  await page.getByRole('heading', { name: 'radio is paired' }).waitFor();
  t.same(await violations(page), []);
  time.advance(5_000);
  const { id, token } = await device;
  t.match(await world.gateway.authenticate(id, Buffer.from(token)), { device: id });
  await page.getByRole('button', { name: 'My devices' }).click();
  await page.getByRole('heading', { name: 'radio' }).waitFor();

  await page.getByRole('link', { name: 'Enter the code' }).click();
  await page.getByLabel('Code').fill('bbbb bbbb');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('No device shows this code').waitFor();
  await picture(page, 'pair-code');
  t.same(complaints, []);
});

await t.test('a passkey opens the account, and another browser is signed out with it', async (t) => {
  const { open, invite, url } = await pagesWorld(t);
  const { page, context, complaints } = await open();
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await page.goto(await invite());
  await page.getByLabel('Name').fill('marge');
  await page.getByRole('button', { name: 'Go on with a passkey' }).click();
  await page.getByRole('heading', { name: 'My apps' }).waitFor();
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('Signed in as marge').waitFor();
  await picture(page, 'account');
  await page.goto(`${url}/operator`);
  await page.getByRole('heading', { name: 'My apps' }).waitFor();
  t.equal(await page.getByRole('link', { name: 'Gateway' }).count(), 0, 'no operator');
  t.same(complaints, []);
});

await t.test('presence A4: the doorhanger names app and account, and what is allowed there holds from the first moment', async (t) => {
  const { world, open, invite, url } = await pagesWorld(t);
  const first = await open();
  await join_(first.page, await invite(), 'marge');
  const { id: app, secret } = await world.app('BeerChat');
  const server = createServer((_request, response) => response.end('back at the app')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const redirectUri = `http://localhost:${(server.address() as AddressInfo).port}/callback`;
  await world.store.changeApp(app, { redirectUris: [redirectUri] });
  const verifier = randomBytes(32).toString('base64url');
  const begin = `${url}/oauth/authorize?${new URLSearchParams({
    client_id: app, response_type: 'code', redirect_uri: redirectUri, scope: 'openid presence notify', state: 'xyz',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  }).toString()}`;

  // Another browser, as small as a popup, in which nobody is signed in.
  const { page, complaints } = await open({ viewport: { width: 400, height: 600 } });
  const back = async (act: () => Promise<void>): Promise<URLSearchParams> => {
    const asked = page.waitForRequest((request) => request.url().startsWith(redirectUri));
    await act();
    const { searchParams } = new URL((await asked).url());
    await page.getByText('back at the app').waitFor();
    return searchParams;
  };
  await page.goto(begin);
  await page.getByRole('heading', { name: 'BeerChat wants to connect with you' }).waitFor();
  await page.getByLabel('Name').fill('marge');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Allow BeerChat to see when you are present?' }).waitFor();
  await page.getByText('You are marge').waitFor();
  t.same(await violations(page), []);
  t.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it fits a popup');
  await picture(page, 'doorhanger');
  const denied = await back(() => page.getByRole('button', { name: 'Deny' }).click());
  t.match([...denied], [['error', 'access_denied'], ['error_description', String], ['state', 'xyz'], ['iss', url]]);
  const user = await world.store.userByName('marge');
  t.same(await world.store.grantsOfUser(user!.id), [], 'a no leaves nothing');

  await page.goto(begin);
  await page.getByLabel('ring me').uncheck();
  await page.getByLabel('Only at these times').check();
  await picture(page, 'doorhanger-times');
  const allowed = await back(() => page.getByRole('button', { name: 'Allow BeerChat' }).click());
  t.equal(allowed.get('state'), 'xyz');
  const [grant] = await world.store.grantsOfUser(user!.id);
  t.match(grant, { app, scopes: ['presence'], schedule: { zone: 'Europe/Paris', windows: [{ startMinute: 1_260, endMinute: 1_380 }] } });
  const trade = (): Promise<Response> => fetch(`${url}/oauth/token`, {
    method: 'POST', headers: { authorization: `Basic ${Buffer.from(`${app}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code', code: allowed.get('code') ?? '', redirect_uri: redirectUri, code_verifier: verifier,
    }),
  });
  const answers = await Promise.all([trade(), trade(), trade()]);
  const good = answers.filter(({ status }) => status === 200);
  t.equal(good.length, 1, 'presence A3: of three that come with the same code at once one gets the tokens');
  const { id_token: idToken = '' } = (await good[0]!.json()) as { id_token?: string };
  const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as { sub: string; iss: string };
  t.match(claims, { sub: grant!.uid, iss: url }, 'the app knows her by this name only');
  t.same(complaints, []);
  await first.page.getByRole('article').filter({ hasText: 'BeerChat' }).getByText('Revoke…').waitFor();
});

await t.test('an operator sees how the gateway is as it goes on, and nobody else does', async (t) => {
  const { world, open, invite, url } = await pagesWorld(t);
  const { page, complaints } = await open({ viewport: { width: 700, height: 900 } });
  await join_(page, await invite(true), 'marge');
  await page.getByRole('link', { name: 'Gateway' }).click();
  await page.locator('dt:text("Devices connected") + dd', { hasText: '0 of 0' }).waitFor();
  const { id } = await world.device('marge');
  const phone = await world.connect(id);
  await phone.up({ heartbeat: beat });
  const { id: app } = await world.app('BeerChat');
  const uid = await world.grant('marge', 'BeerChat', ['notify']);
  await phone.register('BeerChat');
  await world.publish(app, uid, 'Fred wants to talk with you');
  await world.publish(app, uid, 'x'.repeat(5_000));
  await page.locator('dt:text("Devices connected") + dd', { hasText: '1 of 1' }).waitFor();
  await page.locator('dt:text("Accepted, delivered") + dd', { hasText: /^0\.\d/ }).waitFor();
  await page.locator('dt:text("Time to accept") + dd', { hasText: /≤ [\d.]+ ms \(half\)/ }).waitFor();
  await page.locator('dt:text("notifications refused payload-too-large") + dd', { hasText: '1' }).waitFor();
  await page.locator('.plot canvas').waitFor();
  await page.locator('li', { hasText: app }).waitFor();
  t.same(await violations(page), []);
  await picture(page, 'operator');
  t.same(complaints, []);

  const other = await open();
  await join_(other.page, await invite(), 'homer');
  t.equal(await other.page.evaluate(async (address) => (await fetch(address)).status, `${url}/console/v1/operator/events`), 403);
});

await t.test('by keyboard alone', async (t) => {
  const { open, invite, url } = await pagesWorld(t);
  const first = await open();
  await join_(first.page, await invite(), 'marge');
  const { page } = await open();
  await page.goto(url);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const focused = (): Promise<string> => page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? (element as HTMLInputElement | null)?.labels?.[0]?.textContent ?? element?.textContent ?? '';
  });
  const tabTo = async (name: string): Promise<void> => {
    for (let count = 0; count < 20; count += 1) {
      await page.keyboard.press('Tab');
      if ((await focused()).startsWith(name)) return;
    }
    throw new Error(`${name} is not reached by Tab`);
  };
  await tabTo('Name');
  await page.keyboard.type('marge');
  await tabTo('Password');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'My apps' }).waitFor();
  await tabTo('Status');
  await page.keyboard.press('Enter');
  await tabTo('Set invisible');
  await page.keyboard.press('Enter');
  await page.locator('li.chosen', { hasText: 'Invisible' }).waitFor();
  t.equal(await page.locator('li.chosen strong').innerText(), 'Invisible');
});

await t.test('axe finds nothing wrong, in light and dark, on a desk and on a phone', async (t: Test) => {
  const { world, open, invite } = await pagesWorld(t);
  const link = await invite(true);
  for (const [colorScheme, width] of [['light', 1_200], ['dark', 360]] as const) {
    const { page } = await open({ colorScheme, viewport: { width, height: 800 } });
    const check = async (name: string): Promise<void> => {
      await page.locator('.waiting').waitFor({ state: 'detached' });
      t.same(await violations(page), [], `${name}, ${colorScheme}, ${width}`);
      t.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is not wider than the screen`);
      await picture(page, `${name}-${colorScheme}-${width}`);
    };
    await page.goto(link);
    await page.locator('h1').waitFor();
    await check('join');
    if (colorScheme === 'light') {
      await join_(page, link, 'marge');
      for (const [app, scopes] of [['BeerChat', ['notify', 'presence']], ['The news of Springfield', ['notify']]] as const) {
        await world.app(app);
        await world.grant('marge', app, scopes);
      }
      const { id } = await world.device('marge');
      await (await world.connect(id)).up({ heartbeat: beat });
    } else {
      await page.goto(new URL('/', link).href);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await check('sign-in');
      await page.getByLabel('Name').fill('marge');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    }
    for (const [name, heading] of [['Apps', 'My apps'], ['Devices', 'My devices'], ['Status', 'My status'], ['Account', 'My account'], ['Gateway', 'This gateway']] as const) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { name: heading }).waitFor();
      if (name === 'Apps') {
        await page.getByText('Times for BeerChat').click();
        await page.getByRole('article').filter({ hasText: 'BeerChat' }).getByLabel('Only at these times').check();
      }
      await page.locator('.stale').waitFor({ state: 'detached' });
      await check(name.toLowerCase());
    }
  }
});

await t.test('they are small, kept by browsers for good, and let nothing in', async (t) => {
  const { url } = await pagesWorld(t);
  const shell = await fetch(`${url}/apps`);
  t.match(shell.headers.get('content-security-policy'), /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
  t.equal(shell.headers.get('cache-control'), 'no-cache');
  const html = await shell.text();
  t.notMatch(html, /<style|<script>| style=| on\w+=/);
  let bytes = gzipSync(html).length;
  for (const [, path = ''] of html.matchAll(/"(\/assets\/[^"]+)"/g)) {
    const answer = await fetch(url + path, { headers: { 'accept-encoding': 'gzip' } });
    t.match(answer.headers.get('cache-control'), /immutable/);
    t.equal(answer.headers.get('content-encoding'), 'gzip');
    bytes += gzipSync(await answer.text(), { level: 9 }).length;
  }
  t.comment(`${bytes} bytes, gzipped`);
  t.ok(bytes < 40_000, `${bytes} bytes are what a phone loads`);
  for (const path of ['/assets/index.html', '/assets/..%2findex.html', '/assets/..%2f..%2fpackage.json']) {
    t.equal((await fetch(url + path)).status, 404, path);
  }
  t.ok(readFileSync(join(root, 'package.json'), 'utf8').includes('build-web'), 'the build makes them');
});
