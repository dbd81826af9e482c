// The client in a real browser: bundled as an app would, over WebSocket, on the page's own storage and network events.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import t from 'tap';

import type { AppRegistration } from '../../src/device/index.js';
import { launchBrowser } from '../web/chromium.js';
import { ScriptedGateway } from './scripted-gateway.js';
import { encrypted } from './sender.js';
import { acks, linked, notify } from './setting.js';

const root = join(import.meta.dirname, '../../..');

const bundle = await build({
  entryPoints: [join(root, 'src/device/index.ts')],
  bundle: true, write: false, metafile: true, format: 'iife', globalName: 'lowbeat', platform: 'browser', target: 'es2022', logLevel: 'silent',
});

await t.test('the bundle for browsers', (t) => {
  t.same(bundle.warnings, []);
  const ours = Object.keys(bundle.metafile.inputs).filter((path) => path.startsWith('src/device/')).map((path) => path.slice('src/device/'.length));
  t.ok(ours.includes('device.ts'));
  t.same(ours.filter((name) => /^node-|^file-storage/.test(name)), [], 'has nothing of Node in it');
  t.end();
});

/** What the page's script leaves for the test to look at. */
interface PageState {
  readonly statuses: string[];
  readonly received: string[];
  readonly warnings: string[];
  registration?: AppRegistration;
  sent: string[];
}

/** Runs in the page. */
function script(url: string): string {
  return `
    const state = window.state = { statuses: [], received: [], warnings: [], sent: [] };
    const device = window.device = lowbeat.createDevice({
      url: ${JSON.stringify(url)}, id: 'dev_1', token: 'secret', storage: lowbeat.localStorageStorage('lowbeat'),
      reconnect: { baseMs: 10, capMs: 100 },
    });
    device.on('status', ({ state: name }) => state.statuses.push(name));
    device.on('warning', ({ code }) => state.warnings.push(code));
    device.on('registered', (registration) => { state.registration = registration; });
    device.app('chat', { onNotification: ({ text }) => { state.received.push(text); } });
    device.start();
  `;
}

async function read(page: Page): Promise<PageState> {
  return await page.evaluate('window.state');
}

async function waitFor(page: Page, condition: string): Promise<void> {
  await page.waitForFunction(condition, undefined, { timeout: 10_000, polling: 20 });
}

await t.test('a page with the client', async (t) => {
  const gateway = await ScriptedGateway.listen({ webSocket: true });
  t.teardown(() => gateway.close());
  const url = `ws://127.0.0.1:${gateway.port}/mqtt`;
  const pages = createServer((request, response) => {
    const javaScript = request.url === '/lowbeat.js';
    response.setHeader('content-type', javaScript ? 'text/javascript' : 'text/html');
    response.end(javaScript ? bundle.outputFiles[0]!.text : `<!doctype html><script src="/lowbeat.js"></script><script>${script(url)}</script>`);
  }).listen(0, '127.0.0.1');
  await once(pages, 'listening');
  t.teardown(() => pages.close());
  const browser = await launchBrowser();
  t.teardown(() => browser.close());
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);

  const connection = await linked({ gateway });
  t.match(connection.connect, { clientId: 'dev_1', username: 'dev_1', keepalive: 0 });
  await waitFor(page, 'window.state.registration !== undefined');
  const { registration } = await read(page);
  t.match(registration, { app: 'chat', subscription: 'sub_chat', endpoint: 'https://gateway.example/push/chat' });
  connection.send({ notifications: [{ id: 100, alias: 1, data: encrypted(registration!.keys!, 'sealed'), encrypted: true, missed: 0 }] });
  t.same(acks(await connection.frame()), [100]);

  connection.send(notify(1, 'größer'));
  t.same(acks(await connection.frame()), [1]);
  t.same((await read(page)).received, ['sealed', 'größer']);

  const sending = page.evaluate('device.send("chat", "from the page").then(() => "sent")');
  const { messages } = await connection.frame();
  t.equal(new TextDecoder().decode(messages![0]!.data), 'from the page');
  t.equal(await sending, 'sent');

  await context.setOffline(true);
  await waitFor(page, 'device.status.state === "waiting"');
  t.equal(await page.evaluate('device.nextWakeMs'), Infinity, 'a page without a network does nothing');
  await context.setOffline(false);
  const second = await linked({ gateway });
  const { statuses } = await read(page);
  // It may wait twice: for the network, and a moment more so that one that flaps costs little.
  t.same(statuses.filter((status, index) => status !== statuses[index - 1]), ['connecting', 'linked', 'waiting', 'connecting', 'linked'], 'and comes back with it');
  t.equal(await connection.end(), 'closed', 'on a new link');

  await page.reload();
  t.equal(await second.end(), 'closed');
  const third = await linked({ gateway });
  t.same(await page.evaluate('device.registrations.map(({ app }) => app)'), ['chat'], 'a page that is loaded again knows its registration');
  t.same(await page.evaluate('device.registrations[0].keys'), registration!.keys, 'with its keys');
  third.send({ notifications: [...notify(1, 'größer').notifications!, ...notify(2, 'new').notifications!] });
  const acknowledged: number[] = [];
  while (acknowledged.length < 2) acknowledged.push(...acks(await third.frame()));
  t.same(acknowledged.sort(), [1, 2]);
  t.same((await read(page)).received, ['new'], 'and what it has handled');

  third.socket.end();
  const fourth = await linked({ gateway });
  await page.evaluate('device.stop()');
  t.equal(await fourth.end(), 'goodbye');

  t.match(await page.evaluate('(() => { try { lowbeat.createDevice({ url: "mqtt://h", id: "a", token: "b" }); } catch (error) { return error.code + " " + error.message; } })()'),
    /^bad-option .*WebSocket/, 'plain MQTT is refused clearly where there is none');
  t.same((await read(page)).warnings, []);
  t.same(errors, []);
});
