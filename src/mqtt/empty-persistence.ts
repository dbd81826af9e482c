import { Readable } from 'node:stream';

import type { Client } from 'aedes';

import type { BrokerClient } from './broker-client.js';

interface IdentifiedPacket {
  readonly messageId?: number;
}

type SessionOf = (client: Client) => BrokerClient | undefined;

/**
 * What aedes asks of a persistence, and keeps nothing: what waits for an app server waits in the store's outbox, and the broker has no
 * second copy of it. No session outlives its connection (CONNACK says session present 0), nothing is retained (nobody may
 * subscribe to what an app may publish to), and wills live with their connection.
 */
export class EmptyPersistence {
  readonly #sessionOf: SessionOf;

  constructor(sessionOf: SessionOf) {
    this.#sessionOf = sessionOf;
  }

  /** aedes wants to see an async function. */
  async setup(): Promise<void> {
    await Promise.resolve();
  }

  storeRetained(): Promise<void> {
    return Promise.resolve();
  }

  createRetainedStream(): Readable {
    return Readable.from([]);
  }

  createRetainedStreamCombi(): Readable {
    return Readable.from([]);
  }

  addSubscriptions(): Promise<void> {
    return Promise.resolve();
  }

  removeSubscriptions(): Promise<void> {
    return Promise.resolve();
  }

  cleanSubscriptions(): Promise<void> {
    return Promise.resolve();
  }

  subscriptionsByClient(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  subscriptionsByTopic(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  countOffline(): Promise<{ readonly subsCount: number; readonly clientsCount: number }> {
    return Promise.resolve({ subsCount: 0, clientsCount: 0 });
  }

  outgoingEnqueue(): Promise<void> {
    return Promise.resolve();
  }

  outgoingEnqueueCombi(): Promise<void> {
    return Promise.resolve();
  }

  outgoingUpdate(): Promise<void> {
    return Promise.resolve();
  }

  outgoingStream(): Readable {
    return Readable.from([]);
  }

  /** A PUBACK came. */
  outgoingClearMessageId(client: Client, packet: IdentifiedPacket): Promise<undefined> {
    this.#sessionOf(client)?.acknowledged(packet.messageId ?? 0);
    return Promise.resolve(undefined);
  }

  incomingStorePacket(client: Client, packet: IdentifiedPacket): Promise<void> {
    this.#sessionOf(client)?.unreleased.add(packet.messageId ?? 0);
    return Promise.resolve();
  }

  /** Rejects when there is none: aedes takes that for a new packet. */
  incomingGetPacket(client: Client, packet: IdentifiedPacket): Promise<IdentifiedPacket> {
    const known = this.#sessionOf(client)?.unreleased.has(packet.messageId ?? 0) === true;
    return known ? Promise.resolve(packet) : Promise.reject(new Error('no such packet'));
  }

  incomingDelPacket(client: Client, packet: IdentifiedPacket): Promise<void> {
    this.#sessionOf(client)?.unreleased.delete(packet.messageId ?? 0);
    return Promise.resolve();
  }

  cleanIncoming(): Promise<void> {
    return Promise.resolve();
  }

  putWill(): Promise<void> {
    return Promise.resolve();
  }

  getWill(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  delWill(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  streamWill(): Readable {
    return Readable.from([]);
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }
}
