// Writes docs/http.md from the routes: `npm run generate` runs it.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { AppRegistration } from '../gateway/app-registration.js';
import { createGateway } from '../gateway/gateway.js';
import { Accounts } from '../http/account/accounts.js';
import { createHttpApp } from '../http/app.js';
import { httpMarkdown } from '../http/documentation/markdown.js';
import { openApiOf } from '../http/documentation/openapi.js';
import { systemClock } from '../ports/clock.js';
import { noLog } from '../ports/log.js';
import { noMetrics } from '../ports/metrics.js';
import { createMemoryStore } from '../store/memory/memory-store.js';

const noPage = { type: '', plain: Buffer.alloc(0), gzipped: Buffer.alloc(0) };

/** docs/http.md as the routes are now. */
export async function httpDocument(): Promise<string> {
  const store = createMemoryStore();
  const gateway = await createGateway({ store, clock: systemClock, log: noLog, metrics: noMetrics, randomBytes });
  const shared = { clock: systemClock, deadlines: gateway.deadlines };
  const app = await createHttpApp({
    gateway, operations: gateway, log: noLog, version: '', adminTokenHash: new Uint8Array(32),
    scrape: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
    backup: async function* () {},
    listening: () => [],
    presence: { ...shared, presence: gateway.presence },
    pages: { shell: noPage, assets: new Map() },
    console: {
      ...shared, store, users: gateway.users, publicUrl: () => undefined,
      appRegistration: new AppRegistration({ registry: gateway.registry, store, randomBytes, byUsers: true }),
      accounts: new Accounts({ store, clock: systemClock, randomBytes, registry: gateway.registry, publicUrl: () => undefined }),
    },
    authorization: {
      store, clock: systemClock, randomBytes, registry: gateway.registry, log: noLog, publicUrl: () => undefined,
      sessions: { of: () => Promise.resolve(undefined), forgery: () => Promise.resolve(undefined) },
    },
    push: {
      ...shared, push: gateway.push, gateway, publicUrl: () => undefined, applicationServerKey: () => Promise.resolve(new Uint8Array(65)),
    },
  });
  try {
    return httpMarkdown(openApiOf(app));
  } finally {
    await app.close();
    await gateway.stop();
  }
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(import.meta.dirname, '../../../docs/http.md'), await httpDocument());
}
