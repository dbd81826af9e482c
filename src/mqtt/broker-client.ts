import type { Duplex } from 'node:stream';

import type { AppId } from '../core/ids.js';

/** One PUBLISH of an app, however it came here. */
export interface IncomingPublish {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** 0 with QoS 0 and in a will. */
  readonly packetId: number;
  readonly duplicate: boolean;
}

export interface GrantedFilter {
  readonly filter: string;
  readonly qos: number;
}

/** A client of the broker as the broker's hooks see it. */
export interface BrokerClient {
  readonly app: AppId;
  /** What the broker reads and writes: the client's bytes, from its CONNECT on. */
  readonly stream: Duplex;
  readonly address: string;
  /** Packet identifiers of QoS 2 publishes that were accepted and not released [MQTT-4.3.3-2]. */
  readonly unreleased: Set<number>;
  /** The broker sent CONNACK. */
  connected(): void;
  /** Whether there is room for this filter. */
  maySubscribe(filter: string): boolean;
  subscribed(filters: readonly GrantedFilter[]): void;
  unsubscribed(filters: readonly string[]): void;
  /** The client's PUBACK. */
  acknowledged(packetId: number): void;
  /** Above 0: how the client asked to be looked after in its CONNECT [MQTT-3.1.2-24]; the broker does not see all that comes, and leaves it. */
  keepAlive(seconds: number): void;
  /** With QoS 2. `acknowledge` is called when the packet may be acknowledged; not at all when the connection ends instead. */
  publish(publish: IncomingPublish, acknowledge: () => void): void;
  /** A packet that was taken before: acknowledged in its turn. */
  acknowledgeAgain(acknowledge: () => void): void;
  /** The will of a client that went without a DISCONNECT [MQTT-3.1.2-8]. */
  publishWill(topic: string, payload: Uint8Array): Promise<void>;
}
