import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

import type { CounterName, GaugeName, HistogramName, Metrics } from '../ports/metrics.js';
import type { StoreCounts } from '../ports/store.js';

const counters: Readonly<Record<CounterName, string>> = {
  connections_accepted_total: 'Connections that were let in.',
  connections_refused_total: 'Connections that were refused, by reason.',
  frames_received_total: 'Frames from devices.',
  frames_malformed_total: 'Frames that could not be read, by reason.',
  heartbeats_total: 'Heartbeats from devices.',
  links_closed_total: 'Links that ended, by reason.',
  links_taken_over_total: 'Links that a newer connection of the same device replaced.',
  device_packets_refused_total: 'MQTT packets of devices that closed their link, by clause of MQTT 3.1.1.',
  notifications_accepted_total: 'Notifications that were kept for delivery.',
  notifications_refused_total: 'Publish requests that were refused, by reason.',
  notifications_sent_total: 'Notifications written to a link, repetitions included.',
  notifications_acknowledged_total: 'Notifications that a device acknowledged.',
  notifications_expired_total: 'Records that ran out of time: notifications, messages, outbox items, sessions and tokens.',
  notifications_dropped_total: 'Notifications that gave way, by reason.',
  fallback_sent_total: 'Notifications that another push service took, for a device without a link.',
  fallback_failed_total: 'Attempts to send a notification on that failed: later, refused, gone.',
  webhooks_sent_total: 'Webhooks that their receiver took.',
  webhooks_failed_total: 'Attempts to send a webhook that failed: later, refused, gone.',
  upstream_accepted_total: 'Messages of devices that were kept for an app server.',
  upstream_refused_total: 'Messages of devices that were refused, by reason.',
  app_packets_refused_total: 'Packets of app servers that were refused, by reason.',
  store_errors_total: 'Operations that the store refused, by code.',
};

const gauges: Readonly<Record<GaugeName, string>> = {
  links: 'Devices that are linked.',
  app_connections: 'Connections of app servers.',
};

const histograms: Readonly<Record<HistogramName, { readonly help: string; readonly buckets: readonly number[] }>> = {
  accept_seconds: {
    help: 'From a request entering the publish path to its being durable; a publish to a user may wait 4 ms of it for others to share a sync.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  delivery_seconds: {
    help: 'From acceptance to acknowledgement.',
    // From a device that is linked, over one that was away for an hour, to the longest TTL.
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3_600, 86_400, 2_419_200],
  },
};

const storeGauges: Readonly<Record<keyof StoreCounts, readonly [name: string, help: string]>> = {
  users: ['users', 'Users that are known.'],
  devices: ['devices', 'Devices that are known.'],
  apps: ['apps', 'Apps that are known.'],
  waitingNotifications: ['notifications_waiting', 'Notifications that wait in the store.'],
  outboxItems: ['outbox_items', 'Items that wait for app servers.'],
  networks: ['networks', 'Networks of which devices told how long they keep an idle flow.'],
};

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Since the start: what a page makes rates of. */
export interface GatewayFigures {
  readonly accepted: number;
  readonly acknowledged: number;
  readonly heartbeats: number;
  /** What was refused or failed, by `<counter> <reason>`. */
  readonly errors: Readonly<Record<string, number>>;
  /** From a request to its being durable: how many took at most so many seconds, ascending; the last is all. */
  readonly acceptSeconds: readonly (readonly [atMost: number, count: number])[];
}

const errorCounters = [
  'connections_refused_total', 'frames_malformed_total', 'device_packets_refused_total', 'notifications_refused_total', 'notifications_dropped_total', 'fallback_failed_total',
  'webhooks_failed_total', 'upstream_refused_total', 'app_packets_refused_total', 'store_errors_total',
] as const satisfies readonly CounterName[];

export interface PrometheusMetrics {
  readonly metrics: Metrics;
  /** All there is to tell, in Prometheus's text format. */
  readonly scrape: () => Promise<Exposition>;
  readonly figures: () => Promise<GatewayFigures>;
}

/** The metrics port on a registry of its own; with it the process's CPU, memory, handles and event-loop lag. */
export function createPrometheusMetrics(options: { readonly counts?: () => Promise<StoreCounts> }): PrometheusMetrics {
  const prometheus = new Registry();
  collectDefaultMetrics({ register: prometheus });
  const registers = [prometheus];
  const counterOf = new Map(
    Object.entries(counters).map(([name, help]) => [
      name,
      new Counter({ name: `lowbeat_${name}`, help, labelNames: ['reason'], registers }),
    ]),
  );
  const gaugeOf = new Map(
    Object.entries(gauges).map(([name, help]) => [name, new Gauge({ name: `lowbeat_${name}`, help, registers })]),
  );
  const histogramOf = new Map(
    Object.entries(histograms).map(([name, { help, buckets }]) => [
      name,
      new Histogram({ name: `lowbeat_${name}`, help, buckets: [...buckets], registers }),
    ]),
  );
  const metrics: Metrics = {
    count: (name, amount = 1, reason) => {
      if (reason === undefined) counterOf.get(name)?.inc(amount);
      else counterOf.get(name)?.inc({ reason }, amount);
    },
    set: (name, value) => gaugeOf.get(name)?.set(value),
    observe: (name, seconds) => histogramOf.get(name)?.observe(seconds),
  };
  const readStore = options.counts === undefined ? undefined : addStoreGauges(prometheus, options.counts);
  return {
    metrics,
    figures: () => figuresOf(counterOf, histogramOf),
    scrape: async () => {
      await readStore?.();
      return { contentType: prometheus.contentType, text: await prometheus.metrics() };
    },
  };
}

async function figuresOf(counters: ReadonlyMap<string, Counter>, histograms: ReadonlyMap<string, Histogram>): Promise<GatewayFigures> {
  const valuesOf = async (name: CounterName) => (await counters.get(name)?.get())?.values ?? [];
  const total = async (name: CounterName): Promise<number> => (await valuesOf(name)).reduce((sum, { value }) => sum + value, 0);
  const errors: Record<string, number> = {};
  for (const name of errorCounters) {
    for (const { value, labels } of await valuesOf(name)) {
      if (value > 0) errors[[name.replace(/_total$/, ''), labels.reason].filter((part) => part !== undefined).join(' ')] = value;
    }
  }
  const accept = (await histograms.get('accept_seconds')?.get())?.values ?? [];
  return {
    accepted: await total('notifications_accepted_total'),
    acknowledged: await total('notifications_acknowledged_total'),
    heartbeats: await total('heartbeats_total'),
    errors,
    acceptSeconds: accept.flatMap(({ labels: { le }, value }) => (le === undefined ? [] : [[Number(String(le).replace('+Inf', 'Infinity')), value] as const])),
  };
}

function addStoreGauges(prometheus: Registry, counts: () => Promise<StoreCounts>): () => Promise<void> {
  const registers = [prometheus];
  const gaugeOf = Object.entries(storeGauges).map(
    ([key, [name, help]]) => [key as keyof StoreCounts, new Gauge({ name: `lowbeat_${name}`, help, registers })] as const,
  );
  // Tells whether the others are of now: a store that fails leaves them as they were.
  const readable = new Gauge({
    name: 'lowbeat_store_readable',
    help: '1 when the counts of this scrape came from the store.',
    registers,
  });
  return async () => {
    try {
      const current = await counts();
      for (const [key, gauge] of gaugeOf) gauge.set(current[key]);
      readable.set(1);
    } catch {
      readable.set(0);
    }
  };
}
