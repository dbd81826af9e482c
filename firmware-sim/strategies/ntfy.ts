import { fixedRule, Pinger } from './pinger.js';
import type { Strategy } from './strategy.js';

export const strategy: Strategy = {
  id: 'ntfy',
  title: 'ntfy server, fixed 45 s',
  source: 'ntfy server default keepalive-interval',
  create: () => new Pinger(fixedRule(45)),
};
