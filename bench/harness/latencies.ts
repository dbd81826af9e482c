// Latencies in hdr-histogram-js, in microseconds. Two ways keep a stall from hiding itself (coordinated omission): where load comes
// at a rate, each latency counts from the moment at which the request was due, not from when it left; where the next request waits
// for the last answer, the histogram is corrected for the requests that a stall kept from being made.

import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';

/** A minute: what takes longer is a failure that is counted elsewhere. */
const longestMicros = 60_000_000;

/** The clock that all processes of this machine share (CLOCK_MONOTONIC), in microseconds. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** What crosses between processes: a histogram in base64. */
export type PackedLatencies = string;

export class Latencies {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1, highestTrackableValue: longestMicros, numberOfSignificantValueDigits: 3,
  });

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** From when it was due. */
  record(micros: number): void {
    this.#histogram.recordValue(clamp(micros));
  }

  /** In a closed loop in which a request was to begin every `intervalMicros`. */
  recordClosed(micros: number, intervalMicros: number): void {
    this.#histogram.recordValueWithExpectedInterval(clamp(micros), Math.max(1, Math.round(intervalMicros)));
  }

  add(packed: PackedLatencies): void {
    this.#histogram.add(decodeFromCompressedBase64(packed));
  }

  packed(): PackedLatencies {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  milliseconds(percentile: number): number {
    return this.#histogram.getValueAtPercentile(percentile) / 1_000;
  }

  /** The percentiles that the tables show. */
  metrics(prefix: string): Record<string, readonly [value: number, unit: string]> {
    return {
      [`${prefix} p50`]: [this.milliseconds(50), 'ms'],
      [`${prefix} p99`]: [this.milliseconds(99), 'ms'],
      [`${prefix} p99.9`]: [this.milliseconds(99.9), 'ms'],
    };
  }
}

export function merged(all: readonly PackedLatencies[]): Latencies {
  const latencies = new Latencies();
  for (const packed of all) latencies.add(packed);
  return latencies;
}

function clamp(micros: number): number {
  return Math.min(longestMicros, Math.max(1, Math.round(micros)));
}
