// What the running gateway counts. The names become Prometheus metrics (src/http/metrics.ts) with the prefix `lowbeat_`.

export type CounterName =
  | 'connections_accepted_total'
  | 'connections_refused_total'
  | 'frames_received_total'
  | 'frames_malformed_total'
  | 'heartbeats_total'
  | 'links_closed_total'
  | 'links_taken_over_total'
  | 'device_packets_refused_total'
  | 'notifications_accepted_total'
  | 'notifications_refused_total'
  | 'notifications_sent_total'
  | 'notifications_acknowledged_total'
  | 'notifications_expired_total'
  | 'notifications_dropped_total'
  | 'fallback_sent_total'
  | 'fallback_failed_total'
  | 'webhooks_sent_total'
  | 'webhooks_failed_total'
  | 'upstream_accepted_total'
  | 'upstream_refused_total'
  | 'app_packets_refused_total'
  | 'store_errors_total';

export type GaugeName = 'links' | 'app_connections';

export type HistogramName =
  /** Seconds from a request entering the publish path to its being durable. */
  | 'accept_seconds'
  /** Seconds from acceptance to acknowledgement. */
  | 'delivery_seconds';

/** Counting never fails and never blocks. `reason` is one of a small fixed set, never input. */
export interface Metrics {
  count(name: CounterName, amount?: number, reason?: string): void;
  set(name: GaugeName, value: number): void;
  observe(name: HistogramName, seconds: number): void;
}

export const noMetrics: Metrics = {
  count: () => undefined,
  set: () => undefined,
  observe: () => undefined,
};
