// The story that Lowbeat was made for, from the first page to the last: real browsers, a real gateway, BeerChat as a process of its own, and
// devices behind wires that can be cut, on a clock that can be sped up. With LOWBEAT_PICTURES=FOLDER it leaves screenshots.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import t from 'tap';
import type { Test } from 'tap';

import { ScaledTime } from '../../firmware-sim/live/scaled-time.js';
import { skipTo, startBeerChat, StoryGateway } from '../../src/cli/beerchat/story.js';
import type { AppProcess } from '../../src/cli/beerchat/story.js';
import type { StoryDevice } from '../../src/cli/beerchat/story-device.js';
import { limits } from '../../src/core/limits.js';
import { launchBrowser, picture } from '../web/chromium.js';

// Two browsers, two processes and a day of scaled time.
t.setTimeout(170_000);

const password = 'correct horse battery';
/** A Saturday in winter: Paris is an hour ahead of UTC. */
const paris = (hours: number, minutes: number, seconds = 0): number => Date.UTC(2026, 10, 28, hours - 1, minutes, seconds);

interface Stage {
  readonly time: ScaledTime;
  readonly browser: Browser;
  readonly complaints: string[];
  /** A browser profile of somebody's. */
  readonly profile: () => Promise<BrowserContext>;
}

async function setTheStage(t: Test, startMs: number): Promise<Stage> {
  const time = new ScaledTime({ startMs, speed: 1 });
  time.start();
  t.teardown(() => time.stop());
  const browser = await launchBrowser();
  t.teardown(() => browser.close());
  const complaints: string[] = [];
  return {
    time, browser, complaints,
    profile: async () => {
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Paris', viewport: { width: 480, height: 720 } });
      context.on('weberror', (error) => complaints.push(error.error().message));
      return context;
    },
  };
}

async function gatewayOf(t: Test, { time }: Stage): Promise<StoryGateway> {
  const gateway = await StoryGateway.open(time);
  t.teardown(() => gateway.close());
  return gateway;
}

async function appOf(t: Test, gateways: readonly StoryGateway[], name?: string): Promise<AppProcess> {
  const app = await startBeerChat(gateways, name);
  t.teardown(() => app.stop());
  return app;
}

async function join(context: BrowserContext, gateway: StoryGateway, name: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(await gateway.invitation());
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Go on with this password' }).click();
  await page.getByRole('heading', { name: 'My apps' }).waitFor();
  return page;
}

/** Shows its code, and somebody who is signed in in that browser says yes. */
async function pair(t: Test, { time }: Stage, context: BrowserContext, gateway: StoryGateway, options: { readonly name: string; readonly apps?: readonly string[] }): Promise<StoryDevice> {
  const device = await gateway.device(options.name, options.apps ?? ['BeerChat'], () => undefined);
  t.teardown(() => device.close());
  const paired = device.pair();
  while (device.view.code === undefined) await turn();
  const page = await context.newPage();
  await page.goto(device.view.code.url);
  await page.getByRole('heading', { name: `Is ${options.name} yours?` }).waitFor();
  await page.getByRole('button', { name: 'Pair it' }).click();
  await page.getByRole('heading', { name: `${options.name} is paired` }).waitFor();
  await page.close();
  await skipTo(time, time.nowMs() + 6_000);
  await paired;
  await until(() => device.view.status === 'linked');
  return device;
}

async function enter(context: BrowserContext, app: AppProcess, name: string, ...friends: readonly string[]): Promise<Page> {
  const page = await context.newPage();
  await page.goto(app.url);
  const field = page.getByLabel('Your name');
  const me = page.getByText('You are ');
  await page.locator('#enter:visible, #in:visible').waitFor();
  if (await field.isVisible()) {
    await field.fill(name);
    await page.getByRole('button', { name: 'Come in' }).click();
  }
  await me.waitFor();
  for (const friend of friends) {
    await page.getByLabel("A friend's name").fill(friend);
    await page.getByRole('button', { name: 'Add' }).click();
    await friendOn(page, friend).waitFor();
  }
  return page;
}

/** Through the doorhanger, in a popup; `times` from and to, in Paris. */
async function connect(page: Page, issuer: string, app: string, times?: readonly [from: string, to: string], name?: string): Promise<void> {
  await page.getByLabel('Your gateway').selectOption(issuer);
  const opened = page.waitForEvent('popup');
  await page.locator('#connect button').click();
  const popup = await opened;
  await popup.getByRole('heading', { name: `Allow ${app} to see when you are present?` }).waitFor();
  if (times !== undefined) {
    await popup.getByLabel('Only at these times').check();
    await popup.getByLabel('from', { exact: true }).fill(times[0]);
    await popup.getByLabel('to', { exact: true }).fill(times[1]);
  }
  if (name !== undefined) await picture(popup, name);
  const closed = popup.waitForEvent('close');
  await popup.getByRole('button', { name: `Allow ${app}` }).click();
  await closed;
  await page.getByText(`Friends reach you through ${issuer}`).waitFor();
}

const friendOn = (page: Page, name: string) => page.locator('#friends li').filter({ hasText: name });

async function sees(page: Page, name: string, state: 'online' | 'away' | 'offline'): Promise<void> {
  await friendOn(page, name).locator(`.dot.${state}`).waitFor();
}

/** What the one who rings is told. */
async function ring(page: Page, name: string): Promise<{ readonly status: number; readonly body: string }> {
  const answered = page.waitForResponse((response) => response.url().endsWith('/ring'));
  await page.getByRole('button', { name: `Ring ${name}` }).click();
  const response = await answered;
  return { status: response.status(), body: await response.text() };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error(`this did not happen in time: ${condition.toString()}`);
    await turn();
  }
}

await t.test('BeerChat may see Marge only between 9pm and 11pm, and Fred rings her while she has it closed', async (t) => {
  // It is 20:55 in Paris; Marge has an account at her gateway, a phone and a desktop.
  const stage = await setTheStage(t, paris(20, 55));
  const { time } = stage;
  const gateway = await gatewayOf(t, stage);
  const beerchat = await appOf(t, [gateway]);
  const margesBrowser = await stage.profile();
  const margesGateway = await join(margesBrowser, gateway, 'marge');
  const phone = await pair(t, stage, margesBrowser, gateway, { name: 'phone', apps: ['BeerChat', 'PubQuiz'] });
  const desktop = await pair(t, stage, margesBrowser, gateway, { name: 'desktop' });

  // She lets BeerChat see and ring her from 9pm to 11pm, and closes it.
  const margesChat = await enter(margesBrowser, beerchat, 'Marge', 'Fred');
  await connect(margesChat, gateway.url, 'BeerChat', ['21:00', '23:00'], 'beerchat-doorhanger');
  await margesChat.close();

  // Fred has no gateway. He sees her green dot from nine on.
  const fredsBrowser = await stage.profile();
  const fred = await enter(fredsBrowser, beerchat, 'Fred', 'Marge');
  await sees(fred, 'Marge', 'offline');
  const answersToRings = new Set<string>();
  answersToRings.add(JSON.stringify(await ring(fred, 'Marge')));
  t.same(phone.view.notifications, [], 'before nine it waits');
  await skipTo(time, paris(20, 59, 58));
  await sees(fred, 'Marge', 'offline');
  await skipTo(time, paris(21, 0, 8));
  await sees(fred, 'Marge', 'online');
  await picture(fred, 'beerchat-green');

  // What he rang before nine comes now, in the place of which a second ring comes: phone and desktop show it once.
  await until(() => phone.view.notifications.length === 1 && desktop.view.notifications.length === 1);
  answersToRings.add(JSON.stringify(await ring(fred, 'Marge')));
  await until(() => phone.view.notifications.length === 2);
  const shown = phone.view.notifications[0]!;
  t.match(shown, { app: 'BeerChat', title: 'Fred wants to talk with you', action: 'Respond', url: `${beerchat.url}/#Fred` });

  // She responds on her phone: the room opens, the desktop's copies clear.
  for (const { id } of phone.view.notifications) phone.handle(id);
  await until(() => desktop.view.notifications.length === 0);
  const room = await margesBrowser.newPage();
  await room.goto(shown.url);
  await room.getByLabel('Message').fill('Here I am');
  await room.getByRole('button', { name: 'Say' }).click();
  await fred.getByRole('button', { name: 'Talk with Marge' }).click();
  await fred.getByText('Here I am').waitFor();
  await picture(fred, 'beerchat-room');
  await room.close();

  // Away and back.
  await desktop.switchOff();
  phone.setPresence('away');
  await sees(fred, 'Marge', 'away');
  phone.setPresence('online');
  await sees(fred, 'Marge', 'online');

  // The phone is cut off without a goodbye: grey within its promise and the grace.
  const cutMs = time.nowMs();
  phone.unplug();
  const boundMs = limits.freshnessSeconds * 1000 + limits.graceMs;
  await skipTo(time, cutMs + boundMs + 2_000);
  await sees(fred, 'Marge', 'offline');
  phone.plug();
  await skipTo(time, time.nowMs() + 600_000);
  await sees(fred, 'Marge', 'online');

  // At eleven it is over, though she is there: and ringing is answered as ever.
  await skipTo(time, paris(22, 59, 50));
  await sees(fred, 'Marge', 'online');
  await skipTo(time, paris(23, 0, 2));
  await sees(fred, 'Marge', 'offline');
  const before = phone.view.notifications.length;
  answersToRings.add(JSON.stringify(await ring(fred, 'Marge')));
  t.same([...answersToRings], [JSON.stringify({ status: 200, body: '{"told":"Rung."}' })], 'the answer never tells whether she is there');
  t.equal(phone.view.notifications.length, before, 'it is held');

  // A second app knows her by another uid.
  const pubquiz = await appOf(t, [gateway], 'PubQuiz');
  const quiz = await enter(margesBrowser, pubquiz, 'Marge');
  await connect(quiz, gateway.url, 'PubQuiz');
  await quiz.close();
  const user = (await gateway.gateway.registry.user('marge'));
  const grants = await gateway.gateway.registry.grants({ user: 'marge' });
  t.ok(user.ok && grants.ok);
  const uids = grants.ok ? grants.value.items.map(({ uid }) => uid) : [];
  t.equal(new Set(uids).size, 2, `two names of one user: ${uids.join(', ')}`);

  // The next evening: she takes it back while she comes and goes.
  await skipTo(time, paris(21, 0, 0) + 86_400_000 - 60_000);
  t.equal(phone.view.notifications.length, before, 'it is held for a whole day');
  const card = margesGateway.getByRole('article').filter({ hasText: 'BeerChat' });
  let toggling = true;
  const toggles = (async () => {
    for (let count = 0; toggling; count += 1) {
      phone.setPresence(count % 2 === 0 ? 'away' : 'online');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  await picture(margesGateway, 'beerchat-my-apps');
  await card.getByRole('button', { name: 'Revoke BeerChat' }).click();
  await margesGateway.getByRole('dialog').getByRole('button', { name: 'Revoke BeerChat' }).click();
  await card.waitFor({ state: 'detached' });
  toggling = false;
  await toggles;
  await sees(fred, 'Marge', 'offline');
  const ringing = await ring(fred, 'Marge');
  t.same(ringing, { status: 409, body: '{"problem":"Marge cannot be rung at the moment."}' });
  const again = await enter(margesBrowser, beerchat, 'Marge');
  await again.getByText('You took back what you had allowed').waitFor();
  await picture(again, 'beerchat-revoked');
  await again.close();
  await skipTo(time, paris(21, 5) + 86_400_000);
  t.equal(phone.view.notifications.length, before, 'and what was held never shows');
  t.same(stage.complaints, []);
});

await t.test('presence N3: the server is one setting on the device, and an app keys on issuer and uid', async (t) => {
  // Marge and Homer have a gateway each; BeerChat serves both.
  const stage = await setTheStage(t, paris(18, 0));
  const [one, other] = [await gatewayOf(t, stage), await gatewayOf(t, stage)];
  const beerchat = await appOf(t, [one, other]);
  const devices = new Map<string, StoryDevice>();
  const pages = new Map<string, Page>();
  for (const [name, gateway] of [['Marge', one], ['Homer', other]] as const) {
    const context = await stage.profile();
    await join(context, gateway, name.toLowerCase());
    devices.set(name, await pair(t, stage, context, gateway, { name: `${name}s phone` }));
    const page = await enter(context, beerchat, name, 'Fred');
    await connect(page, gateway.url, 'BeerChat');
    pages.set(name, page);
  }
  const fred = await enter(await stage.profile(), beerchat, 'Fred', 'Marge', 'Homer');
  for (const page of pages.values()) await page.close();
  for (const name of ['Marge', 'Homer']) await sees(fred, name, 'online');

  // What happens at one gateway is nothing to the other.
  await devices.get('Homer')!.switchOff();
  await sees(fred, 'Homer', 'offline');
  await sees(fred, 'Marge', 'online');
  t.equal((await ring(fred, 'Homer')).status, 200);
  t.equal((await ring(fred, 'Marge')).status, 200);
  await until(() => devices.get('Marge')!.view.notifications.length === 1);
  await devices.get('Homer')!.switchOn();
  await until(() => devices.get('Homer')!.view.notifications.length === 1);
  t.equal(devices.get('Marge')!.view.notifications.length, 1, 'each has its own');
  await sees(fred, 'Homer', 'online');
  t.same(stage.complaints, []);
});
