// The picture of the architecture is drawn from the code, and the committed one is current.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { canvas, places, routes } from '../../tools/architecture-layout.js';
import { drawArchitecture, picturePath, readArchitecture } from '../../tools/draw-architecture.js';
import { rooms } from '../../tools/rooms.js';

const root = join(import.meta.dirname, '../../..');
const architecture = readArchitecture(root);
const drawn = drawArchitecture(architecture);

await t.test('the committed picture is what the code gives', (t) => {
  t.equal(readFileSync(join(root, picturePath), 'utf8') === drawn, true, 'current; if not: npm run picture');
  t.end();
});

await t.test('it shows every room and every import between rooms', (t) => {
  for (const room of architecture.rooms) t.ok(drawn.includes(`>${room.replace('src/', '')}</t`), room);
  for (const arrow of architecture.arrows) {
    t.ok(drawn.includes(`<title>${arrow.replace('→', 'imports')}</title>`), arrow);
  }
  for (const part of architecture.coreParts) t.ok(drawn.includes(`>${part}</text>`), part);
  t.end();
});

await t.test('a room without a place and an import without a route are errors', (t) => {
  const drawWith = (room: string, arrow: string): string =>
    drawArchitecture({ rooms: new Set(['src/core', room]), arrows: new Set([arrow]), coreParts: [] });
  t.throws(() => drawWith('src/shed', 'src/wire → src/core'), { message: /lacks a place for src\/shed$/ });
  t.throws(() => drawWith('src/wire', 'src/core → src/wire'), {
    message: /lacks a route for src\/core → src\/wire$/,
  });
  t.end();
});

await t.test('the layout is sound: no boxes overlap, routes begin and end at the edges of their rooms', (t) => {
  const boxes = Object.entries(places);
  for (const [name, { x, y, width, height }] of boxes) {
    t.ok(rooms[name] !== undefined, `${name} is a room`);
    t.ok(x >= 0 && y >= 0 && x + width <= canvas.width && y + height <= canvas.height, `${name} is on the canvas`);
    for (const [other, box] of boxes) {
      const apart = x + width <= box.x || box.x + box.width <= x || y + height <= box.y || box.y + box.height <= y;
      t.ok(other === name || apart, `${name} and ${other} do not overlap`);
    }
  }
  for (const [arrow, route] of Object.entries(routes)) {
    const [from = '', to = ''] = arrow.split(' → ');
    for (const [room, point] of [[from, route[0]], [to, route.at(-1)]] as const) {
      const [x = Number.NaN, y = Number.NaN] = point ?? [];
      const box = places[room] ?? { x: 0, y: 0, width: 0, height: 0 };
      const inX = x >= box.x && x <= box.x + box.width;
      const inY = y >= box.y && y <= box.y + box.height;
      const onEdge = x === box.x || x === box.x + box.width || y === box.y || y === box.y + box.height;
      t.ok(inX && inY && onEdge, `${arrow} meets the edge of ${room}`);
    }
    const straight = route.every(([x, y], index) => {
      const [beforeX, beforeY] = route[index - 1] ?? [x, y];
      return x === beforeX || y === beforeY;
    });
    t.ok(straight, `${arrow} runs straight`);
  }
  t.end();
});
