// What devices learned of networks, in level: one record a network, which its newest report keeps alive.

import { withReport } from '../../core/heartbeat/fleet.js';
import type { FleetReport } from '../../core/heartbeat/fleet.js';
import { limits } from '../../core/limits.js';
import { networkCodec } from '../../wire/record-codec.js';
import { keys } from '../keys.js';
import { networkExpiresAtMs } from '../rules.js';
import type { Transaction } from './transaction.js';

export function report(transaction: Transaction, network: string, own: FleetReport): boolean {
  const key = keys.network(network);
  const older = transaction.record(key, networkCodec);
  if (older === undefined) {
    const networks = transaction.counted('networks');
    if (networks >= limits.fleetNetworks) return false;
    transaction.count('networks', 1);
  } else {
    transaction.unmarkExpiry(networkExpiresAtMs(older.reports), key);
  }
  const reports = withReport(older?.reports ?? [], own);
  transaction.put(key, networkCodec, { reports });
  transaction.markExpiry(networkExpiresAtMs(reports), key);
  return true;
}

export function remove(transaction: Transaction, key: string): void {
  transaction.delete(key);
  transaction.count('networks', -1);
}
