// The pages in a real browser, served by a real gateway in real time.

import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Test } from 'tap';

import { AppRegistration } from '../../src/gateway/app-registration.js';
import { hashSecret } from '../../src/gateway/secrets.js';
import { Accounts } from '../../src/http/account/accounts.js';
import { createHttpApp } from '../../src/http/app.js';
import { createPrometheusMetrics } from '../../src/http/metrics.js';
import { readPages } from '../../src/http/pages.js';
import { systemClock } from '../../src/ports/clock.js';
import { noLog } from '../../src/ports/log.js';
import { createWorld } from '../gateway/world.js';
import type { World } from '../gateway/world.js';
import { launchBrowser } from './chromium.js';

export const root = join(import.meta.dirname, '../../..');

export interface PagesWorld {
  readonly world: World;
  readonly url: string;
  /** A link to make an account. */
  readonly invite: (operator?: boolean) => Promise<string>;
  /** A new browser profile; what its pages complain about is a fault. */
  readonly open: (options?: BrowserContextOptions) => Promise<{ readonly context: BrowserContext; readonly page: Page; readonly complaints: readonly string[] }>;
}

export async function pagesWorld(t: Test): Promise<PagesWorld> {
  let url = 'http://localhost';
  const { metrics, scrape, figures } = createPrometheusMetrics({});
  const world = await createWorld({ gateway: { metrics, clock: systemClock, randomBytes, every: realEvery, publicUrl: () => url } });
  const { gateway, store } = world;
  const shared = { store, clock: systemClock, publicUrl: () => url };
  const accounts = new Accounts({ ...shared, randomBytes, registry: gateway.registry });
  const appRegistration = new AppRegistration({ registry: gateway.registry, store, randomBytes, byUsers: true });
  const app = await createHttpApp({
    gateway, operations: gateway, log: noLog, version: '1.2.3', adminTokenHash: hashSecret('admin'),
    scrape,
    backup: async function* () {},
    listening: () => [],
    pages: readPages(join(root, 'dist/web')),
    authorization: { ...shared, randomBytes, registry: gateway.registry, log: noLog, sessions: accounts.sessions },
    console: { ...shared, accounts, appRegistration, figures, deadlines: gateway.deadlines, users: gateway.users },
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  url = `http://localhost:${(app.server.address() as AddressInfo).port}`;
  const browser = await launchBrowser();
  t.teardown(async () => {
    await browser.close();
    await app.close();
    await gateway.stop();
  });
  return {
    world, url,
    invite: async (operator = false) => {
      const made = await accounts.invitations.make({ operator });
      if (typeof made === 'string') throw new Error(made);
      return `${url}/join#${made.token}`;
    },
    open: async (options = {}) => {
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Paris', ...options });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        // What a request was refused is told in the page.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
      });
      return { context, page, complaints };
    },
  };
}

function realEvery(everyMs: number, tick: () => void): () => void {
  const timer = setInterval(tick, everyMs);
  return () => clearInterval(timer);
}
