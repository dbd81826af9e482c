// The contract of src/ports/store.ts, rule by rule, for any adapter.

import type { Test } from 'tap';
import { changeConformance } from './store/changes.js';
import { copyConformance } from './store/copies.js';
import { documentConformance } from './store/documents.js';
import type { StoreAdapter } from './store/fixtures.js';
import { grantConformance } from './store/grants.js';
import { handledConformance } from './store/handled.js';
import { messageConformance, outboxConformance } from './store/messages.js';
import { networkConformance } from './store/networks.js';
import { notificationConformance } from './store/notifications.js';
import { pushConformance } from './store/push.js';
import { receiptConformance } from './store/receipts.js';
import { registryConformance } from './store/registry.js';
import { callConformance, exportConformance, textConformance } from './store/whole.js';

export async function storeConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  const parts = {
    registry: registryConformance,
    grants: grantConformance,
    notifications: notificationConformance,
    messages: messageConformance,
    outbox: outboxConformance,
    receipts: receiptConformance,
    copies: copyConformance,
    handled: handledConformance,
    changes: changeConformance,
    documents: documentConformance,
    networks: networkConformance,
    push: pushConformance,
    texts: textConformance,
    calls: callConformance,
    export: exportConformance,
  };
  for (const [part, conformance] of Object.entries(parts)) {
    await t.test(`${adapter.name}: ${part}`, (t) => conformance(t, adapter));
  }
}
