import { generate } from 'mqtt-packet';
import { connect } from 'mqtt';

import type { Heartbeat } from '../../src/core/frames.js';
import { packetTypes, readFixedHeader } from '../../src/mqtt/fixed-header.js';
import { encodePublish, encodeTopic } from '../../src/mqtt/packets.js';
import { decodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';
import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Context, Row } from '../harness/benchmark.js';
import { withFolder } from '../harness/comparison.js';
import { median, valueOf } from '../harness/statistics.js';
import { connectPacket } from '../load/mqtt-socket.js';
import { WireClient } from '../load/wire-client.js';
import type { Transport, Wire } from '../load/wire-client.js';
import { prepareWorld, startGateway } from '../subjects/lowbeat.js';
import type { Gateway } from '../subjects/lowbeat.js';

/** A line of chat. */
const text = 'See you at nine in the usual bar!'.slice(0, 32);
const heartbeat: Heartbeat = { presence: 'away', power: 'battery', network: 'cellular', promiseSeconds: 1_200 };
const upTopic = encodeTopic('u');

export const bytes: Benchmark = {
  name: 'bytes',
  title: 'Bytes: what each event costs on the wire',
  about: 'A real device on a real gateway, every byte counted below TLS and WebSocket; "TCP/IP" is what the loopback device counted, headers and bare '
    + 'acknowledgements included, both ways. XMPP: Prosody 0.12.3, measured for this project on TLS 1.3. The JSON rows are computed: the shortest messages that say the same, in the framing of RFC 6455 and MQTT 3.1.1.',
  counts: 'payload',
  measure: async (context) => [...await lowbeatRows(context), ...xmpp(), ...json()],
  targets: (rows) => {
    const of = (subject: string, metric: string): number => valueOf(rows, { subject, metric }) ?? Number.NaN;
    return [
      { what: 'heartbeat, its MQTT packet', figure: of('lowbeat, TCP', 'heartbeat up'), sense: 'at most', limit: 12, unit: 'B' },
      { what: 'answer to a heartbeat', figure: of('lowbeat, TCP', 'heartbeat down'), sense: 'at most', limit: 4, unit: 'B' },
      { what: 'notification beyond its payload', figure: of('lowbeat, TCP', 'notification down') - text.length, sense: 'at most', limit: 12, unit: 'B' },
    ];
  },
};

function lowbeatRows(context: Context): Promise<Row[]> {
  return withFolder(context, async (folder) => {
    const world = await prepareWorld(folder, { devices: 1, apps: 1, seed: context.seed });
    const gateway = await startGateway({ folder, world, tls: true });
    try {
      const rows: Row[] = [];
      for (const transport of ['TCP', 'TLS', 'WebSocket'] as const) {
        context.tell(`one device over ${transport}`);
        rows.push(...(await transportRows(gateway, transport, context.full ? 25 : 5)));
      }
      return rows;
    } finally {
      await gateway.stop();
    }
  });
}

async function transportRows(gateway: Gateway, transport: Transport, times: number): Promise<Row[]> {
  const { devices: [device], apps: [app], uids: [uid] } = gateway.world;
  if (device === undefined || app === undefined) throw new Error('a world without anybody');
  const client = new WireClient();
  const { mqttPort: plainPort } = await readyPorts(gateway);
  const port = { TCP: plainPort, TLS: gateway.port, WebSocket: gateway.httpPort }[transport];
  const opened = await client.open(transport, port);
  const login = await client.cost(() => client.send(Buffer.concat([
    connectPacket({ clientId: device.id, username: device.id, password: device.token }), frame({ heartbeat }),
  ])));
  const sender = connect(`mqtt://127.0.0.1:${plainPort}`, { username: app.id, password: app.secret });
  try {
    const beats: Wire[] = [];
    const notifications: Wire[] = [];
    const acks: Wire[] = [];
    for (let time = 0; time < times; time += 1) {
      beats.push(await client.cost(() => client.send(frame({ heartbeat }))));
      client.taken();
      // The sender's own packets run over the loopback device too: of a notification only the link's bytes are told.
      notifications.push(await client.cost(async () => {
        await sender.publishAsync(`notify/${uid}`, text, { qos: 1 });
      }));
      const acknowledged = notificationIds(client.taken());
      acks.push(await client.costUnanswered(encodePublish(upTopic, encodeUpFrame({ acks: acknowledged }), 0)));
    }
    const of = (wires: readonly Wire[], what: keyof Wire): number => median(wires.map((wire) => wire[what]));
    return rowsOf({ name: 'bytes', subject: `lowbeat, ${transport}`, n: text.length }, {
      'heartbeat up': [of(beats, 'up'), 'B'],
      'heartbeat down': [of(beats, 'down'), 'B'],
      'heartbeat TCP/IP': [of(beats, 'tcpIp'), 'B'],
      'heartbeat packets': [of(beats, 'packets'), ''],
      'notification down': [of(notifications, 'down'), 'B'],
      'ack up': [of(acks, 'up'), 'B'],
      'ack down': [of(acks, 'down'), 'B'],
      'ack TCP/IP': [of(acks, 'tcpIp'), 'B'],
      'login up': [opened.up + login.up, 'B'],
      'login down': [opened.down + login.down, 'B'],
    });
  } finally {
    await sender.endAsync(true);
    client.close();
  }
}

/** Of the port that has no TLS: the gateway that serves both tells them in its folder. */
async function readyPorts({ data }: Gateway): Promise<{ readonly mqttPort: number }> {
  const { readFile } = await import('node:fs/promises');
  return JSON.parse(await readFile(`${data}/gateway.json`, 'utf8')) as { mqttPort: number };
}

function frame(what: Parameters<typeof encodeUpFrame>[0]): Uint8Array {
  return encodePublish(upTopic, encodeUpFrame(what), 7);
}

function notificationIds(received: Buffer): readonly number[] {
  const ids: number[] = [];
  for (let at = 0; at < received.length;) {
    const header = readFixedHeader(received, at);
    if (header === 'incomplete' || header === 'malformed') throw new Error('the gateway sent half a packet');
    const body = received.subarray(header.bodyStart, header.end);
    at = header.end;
    if (header.type !== packetTypes.publish) continue;
    const decoded = decodeDownFrame(body.subarray(2 + body.readUInt16BE(0)));
    if (decoded.ok) ids.push(...(decoded.frame.notifications ?? []).map(({ id }) => id));
  }
  return ids;
}

/** Plain and over TLS, whose records add 22 bytes each. A heartbeat is its ping (XEP-0199), an acknowledgement its XEP-0198. */
function xmpp(): Row[] {
  const of = (subject: string, [pingUp, pingDown, chatDown, ackUp, ackDown, loginUp, loginDown]: readonly number[]): Row[] =>
    rowsOf({ name: 'bytes', subject, n: text.length }, {
      'heartbeat up': [pingUp ?? 0, 'B'], 'heartbeat down': [pingDown ?? 0, 'B'], 'notification down': [chatDown ?? 0, 'B'],
      'ack up': [ackUp ?? 0, 'B'], 'ack down': [ackDown ?? 0, 'B'], 'login up': [loginUp ?? 0, 'B'], 'login down': [loginDown ?? 0, 'B'],
    });
  // The request for an acknowledgement comes down, the acknowledgement goes up.
  return [...of('XMPP, TCP', [75, 77, 240, 32, 26, 805, 1_951]), ...of('XMPP, TLS', [97, 99, 262, 54, 48, 1_534, 3_584])];
}

function json(): Row[] {
  const id = 4_711;
  const messages = {
    beat: JSON.stringify({ type: 'heartbeat', presence: heartbeat.presence, power: heartbeat.power, network: heartbeat.network, promise: heartbeat.promiseSeconds }),
    beatAnswer: JSON.stringify({ type: 'ok' }),
    notification: JSON.stringify({ type: 'notification', id, app: 'chat', data: text }),
    ack: JSON.stringify({ type: 'ack', ids: [id] }),
  };
  const device = 'dev_0123456789abcdefghjkmnpqrs';
  const publish = (topic: string, payload: string): number =>
    generate({ cmd: 'publish', topic: `devices/${device}/${topic}`, payload, qos: 1, messageId: 7, dup: false, retain: false }).length;
  const puback = generate({ cmd: 'puback', messageId: 7 }).length;
  const row = (subject: string, of: readonly [beatUp: number, beatDown: number, notification: number, ackUp: number, ackDown: number]): Row[] =>
    rowsOf({ name: 'bytes', subject, n: text.length }, {
      'heartbeat up': [of[0], 'B'], 'heartbeat down': [of[1], 'B'], 'notification down': [of[2], 'B'], 'ack up': [of[3], 'B'], 'ack down': [of[4], 'B'],
    });
  return [
    ...row('JSON over WebSocket', [
      webSocket(messages.beat, 'up'), webSocket(messages.beatAnswer, 'down'), webSocket(messages.notification, 'down'),
      webSocket(messages.ack, 'up'), webSocket(messages.beatAnswer, 'down'),
    ]),
    ...row('MQTT with JSON', [
      publish('presence', JSON.stringify({ presence: heartbeat.presence, power: heartbeat.power, network: heartbeat.network })), puback,
      publish('notify', JSON.stringify({ id, app: 'chat', data: text })), puback, 0,
    ]),
  ];
}

/** RFC 6455 §5.2: two bytes, two more for the length above 125, four for the mask of what a client sends. */
function webSocket(message: string, direction: 'up' | 'down'): number {
  const length = Buffer.byteLength(message);
  return length + 2 + (length > 125 ? 2 : 0) + (direction === 'up' ? 4 : 0);
}
