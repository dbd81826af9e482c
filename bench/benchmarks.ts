// Every benchmark, in the order in which they are run and told.

import { backlog } from './benchmarks/backlog.js';
import { bytes } from './benchmarks/bytes.js';
import { connects } from './benchmarks/connects.js';
import { heartbeats } from './benchmarks/heartbeats.js';
import { idle } from './benchmarks/idle.js';
import { notifications } from './benchmarks/notifications.js';
import { pieces } from './benchmarks/pieces.js';
import { presence } from './benchmarks/presence.js';
import { radio } from './benchmarks/radio.js';
import { soak } from './benchmarks/soak.js';
import { webPush } from './benchmarks/web-push.js';
import type { Benchmark } from './harness/benchmark.js';

export const benchmarks: readonly Benchmark[] = [
  idle, connects, notifications, webPush, heartbeats, presence, backlog, soak, bytes, radio, pieces,
];
