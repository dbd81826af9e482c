// Every benchmark, in the order in which they are run and told.

import { bytes } from './benchmarks/bytes.js';
import { connects } from './benchmarks/connects.js';
import { heartbeats } from './benchmarks/heartbeats.js';
import { idle } from './benchmarks/idle.js';
import { notifications } from './benchmarks/notifications.js';
import { webPush } from './benchmarks/web-push.js';
import type { Benchmark } from './harness/benchmark.js';

export const benchmarks: readonly Benchmark[] = [idle, connects, notifications, webPush, heartbeats, bytes];
