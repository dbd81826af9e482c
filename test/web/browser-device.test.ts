// A browser as a device of its user: the page takes notifications over its own WebSocket, shows them, clears them, and tells of idleness.

import t from 'tap';

import { ScaledTime } from '../../firmware-sim/live/scaled-time.js';
import { StoryGateway } from '../../src/cli/beerchat/story.js';
import { launchBrowser, picture } from './chromium.js';

t.setTimeout(90_000);

await t.test('a page becomes a device, shows what comes, tells whether somebody is there, and stops at the sign-out', async (t) => {
  const time = new ScaledTime({ startMs: Date.now(), speed: 1 });
  time.start();
  t.teardown(() => time.stop());
  const { gateway, store, url, invitation, close } = await opened(time);
  t.teardown(close);
  const browser = await launchBrowser();
  t.teardown(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 400, height: 800 } });
  await context.grantPermissions(['notifications'], { origin: url });
  let page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  await page.goto(invitation);
  await page.getByLabel('Name').fill('marge');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Go on with this password' }).click();
  await page.getByRole('heading', { name: 'My apps' }).waitFor();
  const app = await registered(gateway.registry.addApp({ name: 'BeerChat' }));
  const { uid } = await registered(gateway.registry.addGrant({ user: 'marge', app: 'BeerChat', scopes: ['notify', 'presence', 'presence.idle'] }));

  await page.getByRole('link', { name: 'Devices' }).click();
  await page.getByRole('button', { name: 'Use this browser as a device' }).click();
  await page.getByText('It is a device of yours: connected').waitFor();
  const card = page.getByRole('article').filter({ hasText: 'Chrome here' });
  await card.getByText('online').waitFor();
  await picture(page, 'browser-device');

  const ring = async (title: string) => gateway.publish({
    app: app.id, to: { uid: uid }, data: Buffer.from(JSON.stringify({ title, action: 'Respond', url: `${url}/apps#room` })),
    urgency: 'high', ttlSeconds: 60, topic: '', reference: '', receipt: false,
  });
  // The app is registered on the link once the page has heard of it.
  const { id: user } = await registered(gateway.registry.user('marge'));
  const [device] = await store.devicesOfUser(user);
  await until(async () => (await store.subscriptionsOfDevice(device!.id)).length > 0);
  t.ok((await ring('Fred wants to talk with you')).ok);
  await page.getByText('Fred wants to talk with you').waitFor();
  await picture(page, 'browser-notification');
  await page.getByRole('button', { name: 'Dismiss Fred wants to talk with you' }).click();
  await page.getByRole('list', { name: 'Notifications' }).waitFor({ state: 'detached' });
  await ring('Respond, please');
  const opens = page.waitForEvent('popup');
  await page.getByRole('link', { name: 'Respond' }).click();
  const second = await opens;
  t.equal(second.url(), `${url}/apps#room`);
  // Of two tabs one is the device.
  await second.getByRole('link', { name: 'Devices' }).click();
  await second.getByText('another tab takes what comes').waitFor();
  await page.getByText('It is a device of yours: connected').waitFor();
  await page.getByRole('list', { name: 'Notifications' }).waitFor({ state: 'detached' });

  // As on a machine that nobody touched for five minutes: it is looked at every quarter of a minute.
  await page.evaluate('{ const real = Date.now.bind(Date); Date.now = () => real() + 310_000; }');
  await card.getByText('away').waitFor();
  await page.mouse.move(20, 20);
  await card.getByText('online').waitFor();

  await page.close();
  await second.getByText('It is a device of yours: connected').waitFor();
  await second.reload();
  page = second;
  await page.getByText('It is a device of yours: connected').waitFor();
  t.equal((await gateway.users.devices(user)).length, 1, 'after a reload it is the same device');
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  t.same(await gateway.users.devices(user), [], 'whoever comes next does not read along');
  t.same(await page.evaluate(() => Object.keys(localStorage)), []);
  t.same(complaints, []);
});

async function opened(time: ScaledTime) {
  const story = await StoryGateway.open(time);
  return { gateway: story.gateway, store: story.store, url: story.url, invitation: await story.invitation(), close: () => story.close() };
}

async function registered<Value>(outcome: Promise<{ readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: { readonly message: string } }>): Promise<Value> {
  const done = await outcome;
  if (!done.ok) throw new Error(done.error.message);
  return done.value;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not happen within 10 s');
}
