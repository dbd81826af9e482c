// docs/protocol.md is what others write clients from: its bytes, codes, fields and limits are held against the code.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import mqtt from 'mqtt-packet';
import protobuf from 'protobufjs';
import t from 'tap';

import { closeReasons, rejectionCodes } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';
import { decodeDownFrame, decodeUpFrame, encodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';

const root = new URL('../../../', import.meta.url);
const document = readFileSync(new URL('docs/protocol.md', root), 'utf8');

interface Example {
  readonly kind: string;
  readonly bytes: Buffer;
  readonly meaning: unknown;
}

/** Dumps, each followed by its meaning in JSON: bytes at the start of a line, and two spaces or more before the words. */
function examples(): readonly Example[] {
  const found: Example[] = [];
  for (const [, kind, dump, json] of document.matchAll(/^```(packet|frame up|frame down)\n([^`]*)```\n```json\n([^`]*)```$/gm)) {
    const hex = dump!.trimEnd().split('\n').map((line) => /^((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: {2}|$)/.exec(line)?.[1] ?? assert.fail(line));
    found.push({ kind: kind!, bytes: Buffer.from(hex.join('').replaceAll(' ', ''), 'hex'), meaning: JSON.parse(json!) });
  }
  return found;
}

function parsePacket(bytes: Uint8Array): mqtt.Packet {
  const packets: mqtt.Packet[] = [];
  const parser = mqtt.parser({ protocolVersion: 4 });
  parser.on('packet', (packet) => packets.push(packet));
  parser.on('error', (error: Error) => assert.fail(error));
  assert.equal(parser.parse(Buffer.from(bytes)), 0, 'bytes behind the packet');
  assert.equal(packets.length, 1);
  return packets[0]!;
}

/** As the document writes it: bytes in hexadecimal. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_name, item: unknown) =>
    item instanceof Uint8Array ? Buffer.from(item).toString('hex') : item));
}

await t.test('every dump is a packet that says what stands below it', (t) => {
  const all = examples();
  const dumps = document.match(/^```(packet|frame up|frame down)$/gm) ?? [];
  t.equal(all.length, dumps.length, 'every dump has its meaning');
  t.ok(all.length >= 17);
  for (const { kind, bytes, meaning } of all) {
    const packet = parsePacket(bytes);
    if (kind === 'packet') {
      const said = { ...packet, ...('password' in packet && { password: String(packet.password) }) };
      t.match(said, meaning, packet.cmd);
      continue;
    }
    if (packet.cmd !== 'publish') throw new Error(`a frame in a ${packet.cmd}`);
    const payload = Buffer.from(packet.payload);
    const up = kind === 'frame up';
    t.strictSame([packet.topic, packet.qos], up ? ['u', 1] : ['d', 0]);
    const decoded = up ? decodeUpFrame(payload) : decodeDownFrame(payload);
    t.strictSame(plain(decoded), { ok: true, frame: meaning }, JSON.stringify(meaning));
    if (!decoded.ok) continue;
    const encoded = up ? encodeUpFrame(decoded.frame) : encodeDownFrame(decoded.frame);
    t.equal(Buffer.from(encoded).toString('hex'), payload.toString('hex'), 'and is what the encoder writes');
  }
  t.end();
});

await t.test('every item of a frame has an example', (t) => {
  const shown = new Set(examples().flatMap(({ kind, meaning }) => (kind === 'packet' ? [] : Object.keys(meaning as object))));
  for (const item of [
    'heartbeat', 'acks', 'registrations', 'removals', 'messages', 'settings',
    'notifications', 'confirmations', 'rejections', 'advice', 'close',
  ]) t.ok(shown.has(item), item);
  t.end();
});

await t.test('every code has its row, and every row its code', (t) => {
  // The field tables behind them have rows of the same look.
  const codeTables = document.slice(0, document.indexOf('\n## Field tables'));
  const rows = [...codeTables.matchAll(/^\| (\d+) \| `([a-z-]+)` \| /gm)].map(([, code, name]) => `${name} ${code}`);
  const codes = [...Object.entries(rejectionCodes), ...Object.entries(closeReasons)].map(([name, code]) => `${name} ${code}`);
  t.strictSame(rows.toSorted(), codes.toSorted());
  t.end();
});

await t.test('the field tables are those of the schema', (t) => {
  const schema = protobuf.parse(readFileSync(new URL('schemas/link.proto', root), 'utf8'), { keepCase: true });
  const namespace = schema.root.lookup('lowbeat.link') as protobuf.Namespace;
  for (const nested of namespace.nestedArray) {
    if (!(nested instanceof protobuf.Type)) continue;
    const table = new RegExp(`^\`${nested.name}\`\n\n((?:\\|.*\n)+)`, 'm').exec(document)?.[1] ?? '';
    const rows = [...table.matchAll(/^\| (\d+) \| `(\w+)` \| ([^|]+) \|/gm)].map(([, id, name, type]) => `${id} ${name} ${type}`);
    const fields = nested.fieldsArray.map((field) => `${field.id} ${field.name} ${documentType(field)}`);
    t.strictSame(rows, fields, nested.name);
  }
  t.end();
});

function documentType(field: protobuf.Field): string {
  const kind = { uint32: 'number', bytes: 'bytes', string: 'text' }[field.type] ?? `\`${field.type}\``;
  if (field.repeated) return `repeated ${kind}`;
  return field.options?.['proto3_optional'] === true ? `optional ${kind}` : kind;
}

await t.test('the limits are those of the code', (t) => {
  const rows = [...document.matchAll(/^\| [^|]+ \| (\d+) \| `(\w+)` \|$/gm)];
  t.ok(rows.length > 30);
  for (const [, value, name] of rows) {
    t.equal(Number(value), (limits as Readonly<Record<string, number>>)[name!], name ?? '');
  }
  t.end();
});
