import { fixedRule, Pinger } from './pinger.js';
import type { Strategy } from './strategy.js';

export const strategy: Strategy = {
  id: 'sunup',
  title: 'Sunup and autopush, fixed 300 s',
  source: 'facts, rivals table',
  create: () => new Pinger(fixedRule(300)),
};
