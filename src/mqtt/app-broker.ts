import { Aedes } from 'aedes';
import type { Client, PublishPacket } from 'aedes';

import { limits } from '../core/limits.js';
import type { Log } from '../ports/log.js';
import type { AppAccounts } from './app-account.js';
import { isAppFilter } from './app-topics.js';
import type { BrokerClient } from './broker-client.js';
import { EmptyPersistence } from './empty-persistence.js';

/** The general broker, aedes, which speaks MQTT with app servers; Lowbeat's part of it is in `AppSession`. */
export interface AppBroker {
  readonly accounts: AppAccounts;
  /** Takes an authenticated connection; its CONNECT comes through the client's stream. */
  accept(client: BrokerClient): void;
  close(): Promise<void>;
}

export interface AppBrokerOptions {
  readonly accounts: AppAccounts;
  readonly log: Log;
}

export async function createAppBroker(options: AppBrokerOptions): Promise<AppBroker> {
  const { accounts, log } = options;
  // By the stream that was handed over: aedes carries it as `client.conn`.
  const sessions = new WeakMap<object, BrokerClient>();
  const sessionOf = (client: Client): BrokerClient | undefined => sessions.get(client.conn);
  const broker = await Aedes.createBroker({
    persistence: new EmptyPersistence(sessionOf),
    maxInflightInbound: limits.appPublishesInFlight,
    preConnect: (client, packet, done) => {
      // One app must not end another's session by taking its client id [MQTT-3.1.4-2]; an empty one gets its own from aedes.
      const session = sessionOf(client);
      if (session !== undefined && packet.clientId !== '') packet.clientId = `${session.app}/${packet.clientId}`;
      session?.keepAlive(packet.keepalive ?? 0);
      packet.keepalive = 0;
      done(null, session !== undefined);
    },
    // The front has done it.
    authenticate: (_client, _username, _password, done) => done(null, true),
    authorizeSubscribe: (client, subscription, done) => {
      const { topic } = subscription;
      // 0x80 for what is not an app's to see, and above the bound [MQTT-3.8.4-5].
      const allowed = isAppFilter(topic) && sessionOf(client)?.maySubscribe(topic) === true;
      done(null, allowed ? subscription : null);
    },
    authorizePublish: (client, packet, done) => {
      const session = client === null ? undefined : sessionOf(client);
      if (client === null || session === undefined) done(new Error('only app servers publish'));
      else authorizePublish(session, client, packet, done);
    },
    // Whatever an app gets, its session writes.
    authorizeForward: () => null,
  });
  broker.on('clientReady', (client) => sessionOf(client)?.connected());
  broker.on('subscribe', (subscriptions, client) => {
    const granted = subscriptions.filter(({ qos }) => qos <= 2);
    sessionOf(client)?.subscribed(granted.map(({ topic, qos }) => ({ filter: topic, qos })));
  });
  broker.on('unsubscribe', (filters, client) => sessionOf(client)?.unsubscribed(filters));
  const onError = (client: Client, error: Error): void => {
    log.debug({ err: error, address: sessionOf(client)?.address }, 'an app connection was closed');
  };
  broker.on('clientError', onError);
  broker.on('connectionError', onError);
  return {
    accounts,
    accept(session) {
      sessions.set(session.stream, session);
      broker.handle(session.stream);
    },
    close: () => new Promise((resolve) => broker.close(resolve)),
  };
}

function authorizePublish(
  session: BrokerClient,
  client: Client,
  packet: PublishPacket,
  done: (error?: Error | null) => void,
): void {
  const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
  if (client.closed) {
    // A client that is closed says nothing but its will; aedes has nobody to forward it to.
    void session.publishWill(packet.topic, payload).then(() => done(new Error('taken by the gateway')));
    return;
  }
  const packetId = packet.messageId ?? 0;
  // [MQTT-4.3.3-2]: the same packet again, before its PUBREL: acknowledged, not published again.
  if (packet.qos === 2 && session.unreleased.has(packetId)) {
    session.acknowledgeAgain(done);
    return;
  }
  session.publish({ topic: packet.topic, payload, packetId, duplicate: packet.dup }, () => done(null));
}
