import { Pinger } from './pinger.js';
import type { Strategy } from './strategy.js';

/** 28 minutes on cellular, 15 on Wi-Fi, nothing learned. */
export const strategy: Strategy = {
  id: 'gcm',
  title: 'GCM default, 28 min cellular, 15 min Wi-Fi',
  source: 'Chromium, gcm HeartbeatManager',
  answerWaitMs: 60_000,
  create: () => new Pinger({ intervalMs: (network) => (network === 'cellular' ? 28 : 15) * 60_000 }),
};
