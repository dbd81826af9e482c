// Draws docs/architecture.svg: the rooms that the code has as boxes, its imports between rooms as
// arrows.
// `npm run picture` writes it; test/structure/picture.test.ts holds the committed one against the
// code.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  areas, bars, type Box, canvas, link, outsiders, places, type Point, routes, undrawn,
} from './architecture-layout.js';
import { aliasesOf, importsOf, readTree } from './imports.js';
import { roomFolders, roomOf, rooms } from './rooms.js';
import { style } from './architecture-style.js';

export interface Architecture {
  readonly rooms: ReadonlySet<string>;
  /** `from → to`. */
  readonly arrows: ReadonlySet<string>;
  /** The folders of src/core. */
  readonly coreParts: readonly string[];
}

export const picturePath = 'docs/architecture.svg';

export function readArchitecture(root: string): Architecture {
  const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Parameters<typeof aliasesOf>[0];
  const tree = readTree(root, roomFolders);
  const isDrawn = (room: string): boolean => !undrawn.has(room);
  const arrows = importsOf(tree, aliasesOf(packageJson)).flatMap(({ from, target }) => {
    if (target.kind !== 'file') return [];
    const [room, other] = [roomOf(from), roomOf(target.path)];
    return room !== other && isDrawn(room) && isDrawn(other) ? [`${room} → ${other}`] : [];
  });
  return {
    rooms: new Set([...tree.keys()].map(roomOf).filter(isDrawn)),
    arrows: new Set(arrows.sort()),
    coreParts: readdirSync(join(root, 'src/core'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort(),
  };
}

/** The picture as SVG text. Throws when the layout has no place for a room or no route for an arrow. */
export function drawArchitecture(architecture: Architecture): string {
  const drawnRooms = Object.keys(places).filter((room) => architecture.rooms.has(room));
  const missing = [
    ...[...architecture.rooms].filter((room) => places[room] === undefined).map((room) => `a place for ${room}`),
    ...[...architecture.arrows].filter((arrow) => routes[arrow] === undefined).map((arrow) => `a route for ${arrow}`),
  ];
  if (missing.length > 0) throw new Error(`tools/architecture-layout.ts lacks ${missing.join(', ')}`);
  const { width, height } = canvas;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    '<title id="title">The rooms of Lowbeat, what each is for, and which imports which</title>',
    `<style>${style}</style>`,
    markers(),
    `<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="14"/>`,
    ...drawnAreas(architecture),
    ...drawnRooms.map((room) => drawBox(room, architecture)),
    ...slots(architecture),
    ...[...architecture.arrows].map(drawArrow),
    ...drawnOutside(architecture),
    legend(),
    '</svg>',
  ].join('\n')}\n`;
}

function markers(): string {
  const heads = ['core', 'wire', 'ports', 'gateway', 'wiring', 'outside'].map((kind) =>
    `<marker id="to-${kind}" class="head ${kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" `
    + 'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0.8 10 5 0 9.2z"/></marker>');
  return `<defs>${heads.join('')}</defs>`;
}

function drawnAreas({ rooms: existing }: Architecture): readonly string[] {
  return areas.filter(({ around }) => around.some((room) => existing.has(room))).map(({ caption, captionAt, box }) =>
    `<g class="area">${rectangle(box, 12)}${text(captionAt, caption, 'caption')}</g>`);
}

function drawBox(room: string, { coreParts }: Architecture): string {
  const box = placeOf(room);
  const name = room.replace(/^src\//, '');
  const purpose = rooms[room]?.purpose ?? '';
  const shape = rectangle(box, 8);
  const textX = bars[room];
  if (textX === undefined) {
    const lines = wrapped(purpose, Math.floor((box.width - 24) / 7.2));
    const top = box.y + (box.height - 24 - lines.length * 18) / 2 + 16;
    return `<g class="room ${kindOf(room)}">${shape}${text([middle(box), top], name, 'name')}${
      lines.map((line, index) => text([middle(box), top + 22 + index * 18], line, 'purpose')).join('')}</g>`;
  }
  const baseline = box.y + 28;
  const parts = room === 'src/core' ? drawnParts(box, coreParts) : '';
  return `<g class="room bar ${kindOf(room)}">${shape}<text x="${textX}" y="${baseline}"><tspan class="name">${escaped(name)}</tspan>`
    + `<tspan class="purpose" dx="14">${escaped(purpose)}</tspan></text>${parts}</g>`;
}

function drawnParts(box: Box, parts: readonly string[]): string {
  let x = box.x + 18;
  return parts.map((part) => {
    const width = part.length * 7.4 + 22;
    const chip = `<rect class="part" x="${x}" y="${box.y + 44}" width="${width.toFixed(1)}" height="26" rx="13"/>`
      + text([x + width / 2, box.y + 62], part, 'part-name');
    x += width + 10;
    return chip;
  }).join('');
}

/** Where an arrow passes a bar on its way to another room, the bar leaves it room. */
function slots({ arrows, rooms: existing }: Architecture): readonly string[] {
  return [...arrows].flatMap((arrow) => {
    const [, to = ''] = arrow.split(' → ');
    const route = routeOf(arrow);
    return Object.keys(bars).filter((bar) => bar !== to && existing.has(bar)).flatMap((bar) => {
      const box = placeOf(bar);
      return pairs(route).flatMap(([[x, y], [nextX, nextY]]) => {
        const passes = x === nextX && x > box.x && x < box.x + box.width
          && Math.min(y, nextY) < box.y && Math.max(y, nextY) > box.y + box.height;
        return passes ? [`<rect class="slot" x="${x - 5}" y="${box.y - 2}" width="10" height="${box.height + 4}"/>`] : [];
      });
    });
  });
}

function drawArrow(arrow: string): string {
  const [from = '', to = ''] = arrow.split(' → ');
  const kind = from === 'src/cli' ? 'wiring' : kindOf(to);
  return `<path class="arrow ${kind}" d="${path(routeOf(arrow))}" marker-end="url(#to-${kind})"><title>${escaped(`${from} imports ${to}`)}</title></path>`;
}

function drawnOutside({ rooms: existing }: Architecture): readonly string[] {
  const drawn = outsiders.map(({ name, box, doors }) => {
    const lines = doors.filter(({ room }) => existing.has(room)).map(({ label, labelAt, route }) =>
      `<path class="outside" d="${path(route)}" marker-end="url(#to-outside)"/>${label === '' ? '' : text(labelAt, label, 'label')}`);
    return `<g class="outsider">${rectangle(box, box.height / 2)}${
      text([middle(box), box.y + box.height / 2 + 5], name, 'outsider-name')}${lines.join('')}</g>`;
  });
  if (existing.has(link.from) && existing.has(link.to)) {
    drawn.push(`<path class="outside link" d="${path(link.route)}" marker-start="url(#to-outside)" marker-end="url(#to-outside)"/>`
      + text(link.labelAt, link.label, 'label'));
  }
  return drawn;
}

function legend(): string {
  const y = canvas.height - 26;
  return `<g class="legend"><path class="arrow core" d="M24 ${y - 4}H62" marker-end="url(#to-core)"/>${
    text([72, y], 'imports, as the code has it; its colour is what is imported', 'legend-text')
  }<path class="arrow wiring" d="M484 ${y - 4}H522" marker-end="url(#to-wiring)"/>${
    text([532, y], 'wires together', 'legend-text')
  }<path class="outside" d="M660 ${y - 4}H698" marker-end="url(#to-outside)"/>${
    text([708, y], 'comes from outside', 'legend-text')}</g>`;
}

/** Which colour: the rooms that others stand on have one each. */
function kindOf(room: string): string {
  const kinds: Readonly<Record<string, string>> = {
    'src/core': 'core', 'src/wire': 'wire', 'src/ports': 'ports', 'src/gateway': 'gateway', 'src/cli': 'wiring',
  };
  return kinds[room] ?? 'plain';
}

function placeOf(room: string): Box {
  const box = places[room];
  if (box === undefined) throw new Error(`no place for ${room}`);
  return box;
}

function routeOf(arrow: string): readonly Point[] {
  const route = routes[arrow];
  if (route === undefined) throw new Error(`no route for ${arrow}`);
  return route;
}

function middle(box: Box): number {
  return box.x + box.width / 2;
}

function rectangle({ x, y, width, height }: Box, radius: number): string {
  return `<rect class="shape" x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}"/>`;
}

function text([x, y]: Point, content: string, kind: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function wrapped(content: string, characters: number): readonly string[] {
  const lines: string[] = [];
  for (const word of content.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= characters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function pairs(points: readonly Point[]): readonly (readonly [Point, Point])[] {
  return points.slice(1).map((point, index) => [points[index] ?? point, point]);
}

/** Straight pieces with rounded corners. */
function path(points: readonly Point[]): string {
  const radius = 8;
  return points.map(([x, y], index) => {
    const before = points[index - 1];
    const after = points[index + 1];
    if (before === undefined) return `M${x} ${y}`;
    if (after === undefined) return `L${x} ${y}`;
    const near = ([otherX, otherY]: Point): string =>
      `${x + Math.sign(otherX - x) * Math.min(radius, Math.abs(otherX - x))} `
      + String(y + Math.sign(otherY - y) * Math.min(radius, Math.abs(otherY - y)));
    return `L${near(before)}Q${x} ${y} ${near(after)}`;
  }).join('');
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, '../..');
  writeFileSync(join(root, picturePath), drawArchitecture(readArchitecture(root)));
}
