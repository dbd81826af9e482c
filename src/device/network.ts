import type { NetworkKind } from '../core/frames.js';

/** The network a device is in. */
export interface DeviceNetwork {
  /** Equal for the same network, different for another: what was learned is kept under it. It stays on the device. */
  readonly key: string;
  readonly kind: NetworkKind;
  /** False when there is no network at all; no connection is tried then. */
  readonly reachable: boolean;
  /** What the gateway may know the network by: 1 to 8 bytes that tell no location; absent: it is told nothing. */
  readonly sharedKey?: Uint8Array;
}

/** Tells a device its network. `current` is asked when the device does something anyway, so it must be cheap. */
export interface NetworkSource {
  /** Undefined when it cannot tell. */
  current(): DeviceNetwork | undefined;
  /** Calls `changed` whenever it may have changed; the result ends that. */
  watch(changed: () => void): () => void;
}

export function sameNetwork(one: DeviceNetwork | undefined, other: DeviceNetwork): boolean {
  return one !== undefined && one.key === other.key && one.kind === other.kind && one.reachable === other.reachable;
}
