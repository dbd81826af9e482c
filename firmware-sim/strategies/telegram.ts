import { fixedRule, Pinger } from './pinger.js';
import type { Strategy } from './strategy.js';

export const strategy: Strategy = {
  id: 'telegram',
  title: 'Telegram, ntfy websocket, fixed 180 s',
  source: 'facts, rivals table',
  create: () => new Pinger(fixedRule(180)),
};
