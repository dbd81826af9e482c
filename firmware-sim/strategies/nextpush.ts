import { fixedRule, Pinger } from './pinger.js';
import type { Strategy } from './strategy.js';

export const strategy: Strategy = {
  id: 'nextpush',
  title: 'NextPush, fixed 50 s',
  source: 'NextPush server default',
  create: () => new Pinger(fixedRule(50)),
};
