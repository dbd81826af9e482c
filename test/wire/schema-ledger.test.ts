// The ledger of schemas/README.md against the schemas, and the schemas against what the codec takes for known.

import { readFileSync } from 'node:fs';

import protobuf from 'protobufjs';
import t from 'tap';

import { decodeDownFrame, decodeUpFrame } from '../../src/wire/link-codec.js';

const schemas = new URL('../../../schemas/', import.meta.url);
const readme = readFileSync(new URL('README.md', schemas), 'utf8');

function messages(name: 'link' | 'record'): readonly protobuf.Type[] {
  const { root } = protobuf.parse(readFileSync(new URL(`${name}.proto`, schemas), 'utf8'), { keepCase: true });
  const namespace = root.lookup(`lowbeat.${name}`);
  if (!(namespace instanceof protobuf.Namespace)) throw new Error(`${name}.proto has no package lowbeat.${name}`);
  return namespace.nestedArray.filter((nested) => nested instanceof protobuf.Type);
}

function ledgerType(field: protobuf.Field): string {
  if (field.repeated) return `repeated ${field.type}`;
  return field.options?.['proto3_optional'] === true ? `optional ${field.type}` : field.type;
}

await t.test('the ledger has every field of the schemas, and no other', (t) => {
  const wanted: string[] = [];
  for (const type of [...messages('link'), ...messages('record')]) {
    for (const field of type.fieldsArray) {
      const row = `| ${type.name} | ${field.id} | \`${field.name}\` | ${ledgerType(field)} |`;
      wanted.push(row);
      t.ok(readme.includes(`\n${row} `), row);
      t.ok(field.id < 16, `${type.name}.${field.name} has a tag of one byte`);
    }
  }
  const rows = readme.split('\n').filter((line) => /^\| \w+ \| \d+ \| `/.test(line));
  t.equal(rows.length, wanted.length, 'rows of the ledger');
  t.end();
});

await t.test('every field with a wire type that is not its own is malformed', (t) => {
  // Where each message stands: as a frame, or as a field of one.
  const places: Readonly<Record<string, { readonly decode: typeof decodeUpFrame | typeof decodeDownFrame; readonly field?: number }>> = {
    UpFrame: { decode: decodeUpFrame },
    Registration: { decode: decodeUpFrame, field: 4 },
    Message: { decode: decodeUpFrame, field: 6 },
    Settings: { decode: decodeUpFrame, field: 7 },
    DownFrame: { decode: decodeDownFrame },
    Handled: { decode: decodeDownFrame, field: 10 },
    Notification: { decode: decodeDownFrame, field: 4 },
    Confirmation: { decode: decodeDownFrame, field: 5 },
    Rejection: { decode: decodeDownFrame, field: 6 },
    Advice: { decode: decodeDownFrame, field: 7 },
    Close: { decode: decodeDownFrame, field: 8 },
  };
  // One encoded value of each wire type.
  const values: readonly (readonly [wireType: number, value: readonly number[]])[] = [
    [0, [5]], [1, [1, 2, 3, 4, 5, 6, 7, 8]], [2, [1, 5]], [5, [1, 2, 3, 4]],
  ];
  for (const type of messages('link')) {
    const place = places[type.name];
    t.ok(place !== undefined, `${type.name} has a place in a frame`);
    if (place === undefined) continue;
    for (const field of type.fieldsArray) {
      const own = field.type === 'uint32' ? (field.repeated ? [0, 2] : [0]) : [2];
      for (const [wireType, value] of values) {
        if (own.includes(wireType)) continue;
        const content = [(field.id << 3) | wireType, ...value];
        const frame = place.field === undefined ? content : [(place.field << 3) | 2, content.length, ...content];
        t.match(
          place.decode(Uint8Array.from(frame)),
          { ok: false, error: { code: 'malformed', message: new RegExp(`field ${field.id} has a wire type`) } },
          `${type.name}.${field.name} as wire type ${wireType}`,
        );
      }
    }
  }
  t.end();
});
