// The bytes: what the front reads and writes, each against the specification, mqtt-packet, or both.

import fc from 'fast-check';
import mqttPacket from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import t from 'tap';

import { limits } from '../../src/core/limits.js';
import { readConnect } from '../../src/mqtt/connect-packet.js';
import { decodeDevicePacket } from '../../src/mqtt/device-decoder.js';
import type { DevicePacket } from '../../src/mqtt/device-decoder.js';
import { readFixedHeader } from '../../src/mqtt/fixed-header.js';
import {
  connackAccepted, encodeConnackRefused, encodePuback, encodePublish, encodePubrec, encodeSuback, encodeTopic,
  encodeUnsuback, pingresp, returnCodes,
} from '../../src/mqtt/packets.js';
import { readProxyHeader } from '../../src/mqtt/proxy-header.js';
import { seedOfRun } from '../gateway/seeded.js';
import { connectPacket } from './raw-client.js';

const seed = seedOfRun();
t.comment(`LOWBEAT_SEED=${seed}`);
fc.configureGlobal({ seed });

function read(bytes: Uint8Array): Packet {
  const parser = mqttPacket.parser();
  const packets: Packet[] = [];
  parser.on('packet', (packet: Packet) => packets.push(packet));
  parser.on('error', (error: unknown) => {
    throw error instanceof Error ? error : new Error(String(error));
  });
  const left = parser.parse(Buffer.from(bytes));
  if (left > 0 || packets.length !== 1) throw new Error(`${packets.length} packets, ${left} bytes left`);
  return packets[0]!;
}

function decoded(bytes: Uint8Array | readonly number[]): DevicePacket | string {
  const result = decodeDevicePacket(Uint8Array.from(bytes), 0, limits.devicePacketBytes);
  return result.state === 'packet' ? result.packet : result.state === 'violation' ? result.clause : 'incomplete';
}

await t.test('what the front writes is read by mqtt-packet', (t) => {
  t.match(read(connackAccepted), { cmd: 'connack', returnCode: 0, sessionPresent: false });
  for (const name of Object.keys(returnCodes) as (keyof typeof returnCodes)[]) {
    t.match(read(encodeConnackRefused(name)), { cmd: 'connack', returnCode: returnCodes[name], sessionPresent: false });
  }
  t.match(read(pingresp), { cmd: 'pingresp' });
  t.match(read(encodePuback(0xabcd)), { cmd: 'puback', messageId: 0xabcd });
  t.match(read(encodePubrec(1)), { cmd: 'pubrec', messageId: 1 });
  t.match(read(encodeUnsuback(513)), { cmd: 'unsuback', messageId: 513 });
  t.match(read(encodeSuback(7, [0, 1, 0x80])), { cmd: 'suback', messageId: 7, granted: [0, 1, 0x80] });
  for (const size of [0, 1, 123, 124, 125, 16_378, 16_379, 16_380, 70_000]) {
    const payload = Buffer.alloc(size, 7);
    t.match(read(encodePublish(encodeTopic('d'), payload, 0)), { cmd: 'publish', topic: 'd', qos: 0, dup: false, retain: false });
    const packet = read(encodePublish(encodeTopic('error/ü'), payload, 65_535));
    t.match(packet, { cmd: 'publish', topic: 'error/ü', qos: 1, messageId: 65_535 });
    t.ok(packet.cmd === 'publish' && payload.equals(packet.payload as Buffer), `${size} bytes of payload`);
  }
  t.equal(encodePuback(1).length, 4, 'the answer to a heartbeat takes 4 bytes');
  t.end();
});

await t.test('the fixed header', (t) => {
  for (const length of [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455]) {
    const bytes = [0x30];
    for (let rest = length; ; rest >>>= 7) {
      bytes.push(rest >= 128 ? (rest & 127) | 128 : rest);
      if (rest < 128) break;
    }
    t.same(readFixedHeader(Uint8Array.from(bytes), 0),
      { type: 3, flags: 0, bodyStart: bytes.length, end: bytes.length + length }, `remaining length ${length} (§2.2.3)`);
    for (let cut = 0; cut < bytes.length; cut += 1) {
      t.equal(readFixedHeader(Uint8Array.from(bytes.slice(0, cut)), 0), 'incomplete');
    }
  }
  t.equal(readFixedHeader(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80), 0), 'malformed');
  t.equal(readFixedHeader(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 1), 0), 'malformed');
  t.same(readFixedHeader(Uint8Array.of(0x30, 0x80, 0x80, 0x00), 0), { type: 3, flags: 0, bodyStart: 4, end: 4 }, 'not shortest, and allowed');
  t.end();
});

await t.test('a device packet', async (t) => {
  await t.test('that a device may send', (t) => {
    t.match(decoded([0x30, 5, 0, 1, 0x75, 8, 9]), { type: 'publish', packetId: 0, frame: Buffer.from([8, 9]) });
    t.match(decoded([0x32, 6, 0, 1, 0x75, 1, 2, 9]), { type: 'publish', packetId: 258, frame: Buffer.from([9]) });
    t.match(decoded([0x3a, 5, 0, 1, 0x75, 0, 2]), { type: 'publish', packetId: 2 }, 'DUP with QoS 1 is a resend');
    t.match(decoded([0x31, 3, 0, 1, 0x75]), { type: 'publish', packetId: 0 }, 'retain is passed over');
    t.same(decoded([0x40, 2, 1, 0]), { type: 'puback', packetId: 256 });
    t.same(decoded([0xc0, 0]), { type: 'pingreq' });
    t.same(decoded([0xe0, 0]), { type: 'disconnect' });
    t.same(decoded(mqttPacket.generate({
      cmd: 'subscribe', messageId: 9, subscriptions: [{ topic: 'd', qos: 1 }, { topic: 'a/ü/#', qos: 2 }],
    })), { type: 'subscribe', packetId: 9, filters: [{ filter: 'd', qos: 1 }, { filter: 'a/ü/#', qos: 2 }] });
    t.same(decoded(mqttPacket.generate({ cmd: 'unsubscribe', messageId: 9, unsubscriptions: ['d', 'x'] })),
      { type: 'unsubscribe', packetId: 9, filters: ['d', 'x'] });
    t.end();
  });

  const violations: readonly (readonly [what: string, clause: string, bytes: readonly number[]])[] = [
    ['QoS 3', 'MQTT-3.3.1-4', [0x36, 5, 0, 1, 0x75, 0, 1]],
    ['QoS 2', 'MQTT-3.3.5-2', [0x34, 5, 0, 1, 0x75, 0, 1]],
    ['DUP with QoS 0', 'MQTT-3.3.1-2', [0x38, 3, 0, 1, 0x75]],
    ['another topic', 'MQTT-3.3.5-2', [0x30, 3, 0, 1, 0x64]],
    ['a longer topic', 'MQTT-3.3.5-2', [0x30, 4, 0, 2, 0x75, 0x75]],
    ['no topic', 'MQTT-3.3.5-2', [0x30, 2, 0, 0]],
    ['a topic longer than the packet', '§3.3.2.1', [0x30, 3, 0, 9, 0x75]],
    ['a PUBLISH of one byte', '§3.3.2.1', [0x30, 1, 0]],
    ['packet identifier 0', 'MQTT-2.3.1-1', [0x32, 5, 0, 1, 0x75, 0, 0]],
    ['no packet identifier', '§2.3.1', [0x32, 4, 0, 1, 0x75, 0]],
    ['PUBACK of 3 bytes', '§3.4.1', [0x40, 3, 0, 1, 0]],
    ['PUBACK with flags', 'MQTT-2.2.2-2', [0x42, 2, 0, 1]],
    ['PUBACK of packet identifier 0', 'MQTT-2.3.1-1', [0x40, 2, 0, 0]],
    ['SUBSCRIBE with flags 0', 'MQTT-3.8.1-1', [0x80, 6, 0, 1, 0, 1, 0x64, 0]],
    ['SUBSCRIBE without a filter', 'MQTT-3.8.3-3', [0x82, 2, 0, 1]],
    ['SUBSCRIBE with reserved bits', 'MQTT-3-8.3-4', [0x82, 6, 0, 1, 0, 1, 0x64, 4]],
    ['SUBSCRIBE with QoS 3', 'MQTT-3-8.3-4', [0x82, 6, 0, 1, 0, 1, 0x64, 3]],
    ['SUBSCRIBE without QoS', '§3.8.3', [0x82, 5, 0, 1, 0, 1, 0x64]],
    ['SUBSCRIBE of packet identifier 0', 'MQTT-2.3.1-1', [0x82, 6, 0, 0, 0, 1, 0x64, 0]],
    ['SUBSCRIBE with an empty filter', 'MQTT-4.7.3-1', [0x82, 5, 0, 1, 0, 0, 0]],
    ['SUBSCRIBE with a filter past the end', '§3.8.3', [0x82, 6, 0, 1, 0, 9, 0x64, 0]],
    ['SUBSCRIBE that is not UTF-8', 'MQTT-1.5.3-1', [0x82, 6, 0, 1, 0, 1, 0xff, 0]],
    ['SUBSCRIBE with a surrogate', 'MQTT-1.5.3-1', [0x82, 8, 0, 1, 0, 3, 0xed, 0xa0, 0x80, 0]],
    ['SUBSCRIBE with U+0000', 'MQTT-1.5.3-2', [0x82, 6, 0, 1, 0, 1, 0, 0]],
    ['UNSUBSCRIBE with flags 0', 'MQTT-3.10.1-1', [0xa0, 5, 0, 1, 0, 1, 0x64]],
    ['UNSUBSCRIBE without a filter', 'MQTT-3.10.3-2', [0xa2, 2, 0, 1]],
    ['PINGREQ with flags', 'MQTT-2.2.2-2', [0xc1, 0]],
    ['PINGREQ with a body', '§3.12.1', [0xc0, 1, 0]],
    ['DISCONNECT with flags', 'MQTT-3.14.1-1', [0xe1, 0]],
    ['DISCONNECT with a body', '§3.14.1', [0xe0, 1, 0]],
    ['a second CONNECT', 'MQTT-3.1.0-2', [0x10, 0]],
    ['CONNACK', '§2.2.1', [0x20, 2, 0, 0]],
    ['PUBREC', '§2.2.1', [0x50, 2, 0, 1]],
    ['PUBREL', '§2.2.1', [0x62, 2, 0, 1]],
    ['SUBACK', '§2.2.1', [0x90, 3, 0, 1, 0]],
    ['type 0', '§2.2.1', [0x00, 0]],
    ['type 15', '§2.2.1', [0xf0, 0]],
    ['a remaining length of five bytes', '§2.2.3', [0x30, 0x80, 0x80, 0x80, 0x80, 1]],
    ['more than a device may send', '§2.2.3', [0x30, 0xff, 0xff, 0xff, 0x7f]],
    ['a type that is ruled out by its first byte', '§2.2.1', [0x62]],
  ];
  for (const [what, clause, bytes] of violations) {
    await t.test(`${what} is a violation of ${clause}`, (t) => {
      t.equal(decoded(bytes), clause);
      t.end();
    });
  }

  await t.test('is bounded exactly', (t) => {
    const largest = encodePublish(encodeTopic('u'), Buffer.alloc(limits.devicePacketBytes - 7), 0);
    t.match(decoded(largest), { type: 'publish' });
    t.equal(decoded(encodePublish(encodeTopic('u'), Buffer.alloc(limits.devicePacketBytes), 0)), '§2.2.3');
    t.end();
  });

  await t.test('is incomplete at every earlier byte, and ends where it ends', (t) => {
    const whole = [
      mqttPacket.generate({ cmd: 'publish', topic: 'u', payload: 'frame', qos: 1, messageId: 3, dup: false, retain: false }),
      mqttPacket.generate({ cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: 'd', qos: 0 }] }),
      mqttPacket.generate({ cmd: 'unsubscribe', messageId: 3, unsubscriptions: ['d'] }),
      mqttPacket.generate({ cmd: 'puback', messageId: 3 }),
    ];
    for (const bytes of whole) {
      for (let cut = 0; cut < bytes.length; cut += 1) t.equal(decoded(bytes.subarray(0, cut)), 'incomplete');
      const embedded = Buffer.concat([Buffer.from([1, 2]), bytes, Buffer.from([0xc0])]);
      t.match(decodeDevicePacket(embedded, 2, 1_000), { state: 'packet', end: 2 + bytes.length });
    }
    t.end();
  });

  await t.test('of any bytes never throws, and never reads past its end', (t) => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(fc.constantFrom(0x30, 0x32, 0x34, 0x40, 0x82, 0xa2, 0xc0, 0xe0), fc.uint8Array({ maxLength: 60 }))
        .map(([first, body]) => Uint8Array.of(first, body.length, ...body)),
    );
    fc.assert(fc.property(bytes, (input) => {
      const result = decodeDevicePacket(input, 0, 64);
      if (result.state !== 'packet') return true;
      return result.end >= 2 && result.end <= input.length;
    }), { numRuns: 5_000 });
    t.end();
  });
});

await t.test('CONNECT', async (t) => {
  const good = connectPacket({ clientId: 'dev_1', username: 'dev_1', password: Buffer.from('secret'), keepalive: 9 });

  await t.test('is read with its fields', (t) => {
    t.match(readConnect(Buffer.concat([good, Buffer.from([0xc0, 0])]), 1_024), {
      state: 'connect', end: good.length,
      connect: { clientId: 'dev_1', username: 'dev_1', password: Buffer.from('secret'), keepAliveSeconds: 9 },
    });
    const will = { topic: 'notify/x', payload: Buffer.from('gone'), qos: 1 as const, retain: false };
    t.match(readConnect(connectPacket({ will }), 1_024), { connect: { will: { topic: 'notify/x', payload: Buffer.from('gone') } } });
    t.match(readConnect(connectPacket({}), 1_024), { connect: { username: undefined, password: undefined, will: undefined } });
    t.end();
  });

  await t.test('is incomplete at every earlier byte', (t) => {
    for (let cut = 0; cut < good.length; cut += 1) t.same(readConnect(good.subarray(0, cut), 1_024), { state: 'incomplete' });
    t.end();
  });

  const changed = (at: number, byte: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at] = byte;
    return bytes;
  };
  const body = (...bytes: readonly (number | string)[]): Buffer => {
    const parts = Buffer.concat(bytes.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));
    return Buffer.concat([Buffer.from([0x10, parts.length]), parts]);
  };
  const refusals: readonly (readonly [what: string, reason: string, returnCode: string | undefined, bytes: Buffer])[] = [
    ['another packet [MQTT-3.1.0-1]', 'not-mqtt', undefined, Buffer.from([0xc0, 0])],
    ['HTTP', 'not-mqtt', undefined, Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a TLS hello', 'bad-connect', undefined, Buffer.from([0x16, 3, 1, 2, 0])],
    ['flags [MQTT-2.2.2-2]', 'bad-connect', undefined, changed(0, 0x11)],
    ['another name [MQTT-3.1.2-1]', 'not-mqtt', undefined, changed(4, 0x6d)],
    ['level 3 [MQTT-3.1.2-2]', 'protocol-version', 'unacceptable-protocol-version', changed(8, 3)],
    ['level 5 [MQTT-3.1.2-2]', 'protocol-version', 'unacceptable-protocol-version', changed(8, 5)],
    ['MQTT 3.1', 'protocol-version', 'unacceptable-protocol-version', connectPacket({ protocolId: 'MQIsdp', protocolVersion: 3, clientId: 'x' })],
    ['MQTT 5', 'protocol-version', 'unacceptable-protocol-version', connectPacket({ protocolVersion: 5, clientId: 'x' })],
    ['the reserved flag [MQTT-3.1.2-3]', 'bad-connect', undefined, changed(9, 0xc3)],
    ['will QoS without will [MQTT-3.1.2-13]', 'bad-connect', undefined, changed(9, 0xca)],
    ['will QoS 3 [MQTT-3.1.2-14]', 'bad-connect', undefined, changed(9, 0xde)],
    ['will retain without will [MQTT-3.1.2-15]', 'bad-connect', undefined, changed(9, 0xe2)],
    ['a password without a user name [MQTT-3.1.2-22]', 'bad-connect', undefined, changed(9, 0x42)],
    ['a length of five bytes', 'bad-connect', undefined, Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80])],
    ['256 MB', 'connect-too-large', undefined, Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])],
    ['an empty client id without a clean session [MQTT-3.1.3-8]', 'client-id', 'identifier-rejected', body(0, 4, 'MQTT', 4, 0, 0, 0, 0, 0)],
    ['bytes behind its fields', 'bad-connect', undefined, body(0, 4, 'MQTT', 4, 2, 0, 0, 0, 1, 'x', 'more')],
    ['a field past its end', 'bad-connect', undefined, body(0, 4, 'MQTT', 4, 2, 0, 0, 0, 9, 'x')],
    ['no client id at all', 'bad-connect', undefined, body(0, 4, 'MQTT', 4, 2, 0, 0)],
    ['no keep-alive', 'bad-connect', undefined, body(0, 4, 'MQTT', 4, 2, 0)],
    ['no flags', 'bad-connect', undefined, body(0, 4, 'MQTT', 4)],
    ['nothing but a name', 'protocol-version', 'unacceptable-protocol-version', body(0, 4, 'MQTT')],
    ['an empty body', 'not-mqtt', undefined, body()],
    ['a client id that is not UTF-8 [MQTT-1.5.3-1]', 'bad-connect', undefined, body(0, 4, 'MQTT', 4, 2, 0, 0, 0, 3, 0xf0, 0x9f, 0x98)],
    ['U+0000 in a client id [MQTT-1.5.3-2]', 'bad-connect', undefined, body(0, 4, 'MQTT', 4, 2, 0, 0, 0, 1, 0)],
  ];
  for (const [what, reason, returnCode, bytes] of refusals) {
    await t.test(`with ${what} is refused`, (t) => {
      const result = readConnect(bytes, 1_024);
      t.match(result, { state: 'refused', reason });
      t.equal(result.state === 'refused' ? result.returnCode : 'accepted', returnCode);
      t.match(readConnect(good, 1_024), { state: 'connect' }, 'the next one is read');
      t.end();
    });
  }

  await t.test('of any bytes never throws, and the next one is read', (t) => {
    fc.assert(fc.property(fc.nat(good.length - 1), fc.nat(255), fc.uint8Array({ maxLength: 8 }), (at, byte, more) => {
      const bytes = Buffer.concat([changed(at, byte), more]);
      const result = readConnect(bytes, 1_024);
      if (result.state === 'connect' && (result.end < 2 || result.end > bytes.length)) return false;
      return readConnect(good, 1_024).state === 'connect';
    }), { numRuns: 5_000 });
    t.end();
  });
});

await t.test('a PROXY protocol header', async (t) => {
  const v2 = (command: number, family: number, addresses: readonly number[], length = addresses.length): Buffer =>
    Buffer.from([...Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), command, family, length >> 8, length & 255, ...addresses]);
  const ipv6 = [0x20, 1, 0x0d, 0xb8, ...Array.from({ length: 11 }, () => 0), 7];
  const accepted: readonly (readonly [what: string, address: string | undefined, bytes: Buffer])[] = [
    ['v1 TCP4', '192.0.2.7', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883\r\n')],
    ['v1 TCP6', '2001:db8::7', Buffer.from('PROXY TCP6 2001:db8::7 2001:db8::1 4124 1883\r\n')],
    ['v1 UNKNOWN', undefined, Buffer.from('PROXY UNKNOWN\r\n')],
    ['v1 UNKNOWN with addresses', undefined, Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n')],
    ['v2 TCP over IPv4', '192.0.2.7', v2(0x21, 0x11, [192, 0, 2, 7, 10, 0, 0, 1, 0xdc, 4, 7, 0x5b])],
    ['v2 TCP over IPv4 with more', '192.0.2.7', v2(0x21, 0x11, [192, 0, 2, 7, 10, 0, 0, 1, 0xdc, 4, 7, 0x5b, 3, 0, 0])],
    ['v2 TCP over IPv6', '2001:db8::7', v2(0x21, 0x21, [...ipv6, ...ipv6, 0, 1, 0, 2])],
    ['v2 LOCAL', undefined, v2(0x20, 0, [])],
    ['v2 LOCAL with addresses', undefined, v2(0x20, 0x11, [192, 0, 2, 7, 10, 0, 0, 1, 0xdc, 4, 7, 0x5b])],
    ['v2 unspecified family', undefined, v2(0x21, 0, [1, 2, 3])],
  ];
  for (const [what, address, bytes] of accepted) {
    await t.test(`${what} is read, at once or byte by byte`, (t) => {
      const result = readProxyHeader(Buffer.concat([bytes, Buffer.from([0x10])]), 536);
      t.match(result, { state: 'header', end: bytes.length });
      t.equal(result.state === 'header' ? result.address : 'none', address);
      for (let cut = 0; cut < bytes.length; cut += 1) {
        t.same(readProxyHeader(bytes.subarray(0, cut), 536), { state: 'incomplete' });
      }
      t.end();
    });
  }

  const refused: readonly (readonly [what: string, bytes: Buffer])[] = [
    ['none', connectPacket({})],
    ['a v1 line without an end', Buffer.from(`PROXY TCP4 ${'1'.repeat(100)}`)],
    ['a v1 line of too few words', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n')],
    ['a v1 line of too many words', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n')],
    ['a v1 line with another family', Buffer.from('PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n')],
    ['a v1 line with no address', Buffer.from('PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n')],
    ['a v1 line with an address of the other family', Buffer.from('PROXY TCP4 ::1 ::1 1 2\r\n')],
    ['a v1 line with a port out of range', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n')],
    ['a v1 line with a port that is none', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 01 2\r\n')],
    ['a v2 header of version 1', v2(0x11, 0x11, [])],
    ['a v2 header of another command', v2(0x22, 0x11, [])],
    ['a v2 header with cut addresses', v2(0x21, 0x11, [1, 2, 3, 4])],
    ['a v2 header with cut IPv6 addresses', v2(0x21, 0x21, ipv6)],
    ['a v2 header above the bound', v2(0x21, 0x11, [], 521)],
  ];
  for (const [what, bytes] of refused) {
    await t.test(`with ${what} is refused`, (t) => {
      t.match(readProxyHeader(bytes, 536), { state: 'refused' });
      t.end();
    });
  }

  await t.test('of any bytes never throws', (t) => {
    const starts = [Buffer.alloc(0), Buffer.from('PROXY TCP4 '), Buffer.from('\r\n\r\n\0\r\nQUIT\n!', 'latin1')];
    fc.assert(fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 120 }), (start, more) => {
      const bytes = Buffer.concat([start, more]);
      const result = readProxyHeader(bytes, 536);
      return result.state !== 'header' || result.end <= bytes.length;
    }), { numRuns: 5_000 });
    t.end();
  });
});
