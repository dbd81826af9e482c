import { AdaptiveController } from '../../src/core/heartbeat/adaptive.js';
import type { Strategy } from './strategy.js';

/** What the real phone client runs. */
export const strategy: Strategy = {
  id: 'lowbeat',
  title: 'Lowbeat adaptive',
  source: 'src/core/heartbeat/adaptive.ts',
  create: () => new AdaptiveController(),
};
