// Holds the arrows of docs/architecture.md, kept as a table in tools/rooms.ts, against the real
// imports.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { brokenArrows, cycles, undeclaredPackages, unknownRooms } from '../../tools/arrows.js';
import { aliasesOf, importsOf, readTree } from '../../tools/imports.js';
import { roomFolders, rooms } from '../../tools/rooms.js';

const root = join(import.meta.dirname, '../../..');

const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as
  Parameters<typeof aliasesOf>[0] & {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
const aliases = aliasesOf(packageJson);

await t.test('the real imports', async (t) => {
  const tree = readTree(root, roomFolders);
  const imports = importsOf(tree, aliases);

  await t.test('are read: every room has files or none, and the known arrows are among them', (t) => {
    t.ok(tree.size > 20, 'source files were found');
    t.ok(imports.some(({ from, target }) =>
      from === 'src/gateway/doors.ts' && target.kind === 'file' && target.path === 'src/core/ids.ts'));
    t.ok(imports.some(({ from, target }) =>
      from === 'src/wire/gen/link.js' && target.kind === 'package' && target.name === 'protobufjs'));
    t.end();
  });

  await t.test('go only where the table allows', (t) => {
    t.same(brokenArrows(imports, rooms), []);
    t.end();
  });

  await t.test('lie in rooms that the table knows', (t) => {
    t.same(unknownRooms(tree, rooms), []);
    t.end();
  });

  await t.test('name packages that package.json declares', (t) => {
    t.same(undeclaredPackages(imports, {
      runtime: Object.keys(packageJson.dependencies),
      development: Object.keys(packageJson.devDependencies),
    }), []);
    t.end();
  });

  await t.test('make no circle between files, of types neither', (t) => {
    const held = ['src/', 'firmware-sim/'];
    t.same(cycles(imports.filter(({ from }) => held.some((folder) => from.startsWith(folder)))), []);
    t.end();
  });
});

await t.test('docs/architecture.md tells the same arrows as the table', (t) => {
  const document = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const rows = [...document.matchAll(/^\| `([a-z/-]+)` \| ([^|]*) \| ([^|]*) \|$/gm)];
  const told = Object.fromEntries(rows.map(([, room = '', , arrows = '']) => [
    room, [...arrows.matchAll(/`([a-z/-]+)`/g)].map(([, name = '']) => name).sort(),
  ]));
  const held = Object.fromEntries(
    Object.entries(rooms).map(([room, { rooms: arrows }]) => [room, [...arrows].sort()]),
  );
  t.same(told, held);
  t.end();
});

await t.test('a forbidden arrow is found, however it is written', async (t) => {
  const wrongOf = (files: Record<string, string>): readonly string[] =>
    brokenArrows(importsOf(new Map(Object.entries(files)), aliases), rooms);
  const store = { 'src/store/open.ts': 'export const open = 1;' };

  for (const [how, text] of Object.entries({
    'a value': "import { open } from '../store/open.js';",
    'a type': "import type { Open } from '../store/open.js';",
    'an inline type': "export type T = import('../store/open.js').Open;",
    'a re-export': "export * from '../store/open.js';",
    'a dynamic import': "export const later = () => import('../store/open.js');",
    'a require': "import open = require('../store/open.js');",
    'a side effect': "\n\nimport '../store/open.js';",
  })) {
    await t.test(how, (t) => {
      const wrong = wrongOf({ ...store, 'src/core/units.ts': text });
      t.equal(wrong.length, 1);
      t.match(wrong[0], /^src\/core\/units\.ts:\d+: src\/core may not import src\/store /);
      t.end();
    });
  }

  await t.test('packages and modules of Node', (t) => {
    t.match(wrongOf({ 'src/core/a.ts': "import 'zod';" }), [/may not use the package zod/]);
    t.match(wrongOf({ 'src/core/a.ts': "import 'node:fs';" }), [/may not use node:fs/]);
    t.match(wrongOf({ 'src/core/a.ts': "import 'fs/promises';" }), [/may not use node:fs\/promises/]);
    t.match(wrongOf({ 'src/gateway/a.ts': "import { Aedes } from 'aedes';" }), [/may not use the package aedes/]);
    t.match(wrongOf({ 'src/device/a.ts': "import { open } from 'node:fs';" }), [/may not use node:fs/]);
    t.end();
  });

  await t.test('what runs in a browser reaching what does not', (t) => {
    const fileStorage = { 'src/device/file-storage.ts': "import { open } from 'node:fs';" };
    t.same(wrongOf(fileStorage), [], 'a Node-only file may use Node');
    t.match(
      wrongOf({ ...fileStorage, 'src/device/device.ts': "import './file-storage.js';" }),
      [/runs in browsers/],
    );
    t.end();
  });

  await t.test('aliases, computed and dead paths', (t) => {
    const gen = { 'src/wire/gen/link.js': "import * as $protobuf from 'protobufjs/minimal';" };
    t.match(wrongOf({ ...gen, 'src/mqtt/a.ts': "import '#gen/link.js';" }), []);
    t.match(wrongOf({ ...gen, 'src/http/a.ts': "import '#gen/link.js';" }), [/may not import src\/wire/]);
    t.match(wrongOf({
      'src/device/index.ts': '', 'src/store/a.ts': "import 'lowbeat/device';",
    }), [/may not import src\/device/]);
    t.match(wrongOf({ 'src/core/a.ts': 'const path = 1; import(path);' }), [/no file of the project/]);
    t.match(wrongOf({ 'src/core/a.ts': "import './gone.js';" }), [/no file of the project/]);
    t.end();
  });

  await t.test('nothing but its own tests imports the command line', (t) => {
    const importers = Object.keys(rooms).filter((room) => rooms[room]?.rooms.includes('src/cli'));
    t.same(importers, ['test']);
    t.end();
  });

  await t.test('a room that is new, a circle, a package that nobody declared', (t) => {
    const tree = new Map([['src/shed/a.ts', ''], ['src/loose.ts', ''], ['src/core/a.ts', '']]);
    t.same(unknownRooms(tree, rooms), [
      'src/shed is not in the table of rooms (tools/rooms.ts)',
      'src/loose.ts is not in the table of rooms (tools/rooms.ts)',
    ]);
    const circle = importsOf(new Map([
      ['src/core/a.ts', "import './b.js';"],
      ['src/core/b.ts', "import type { C } from './c.js';"],
      ['src/core/c.ts', "import './a.js';"],
      ['src/core/d.ts', "import './a.js';"],
    ]), aliases);
    t.same(cycles(circle), ['src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts']);
    const uses = importsOf(new Map([
      ['src/http/a.ts', "import 'fastify'; import 'tap';"], ['test/a.ts', "import 'tap';"],
    ]), aliases);
    t.same(undeclaredPackages(uses, { runtime: ['fastify'], development: ['tap'] }), [
      'src/http/a.ts:1: tap is not in dependencies of package.json',
    ]);
    t.end();
  });
});
