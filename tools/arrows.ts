// Holds imports against the table of rooms. Each function returns what is wrong, one line each.

import type { Import, SourceTree } from './imports.js';
import { roomOf, type Room } from './rooms.js';

export type RoomTable = Readonly<Record<string, Room>>;

export interface Dependencies {
  /** Installed with the package. */
  readonly runtime: readonly string[];
  /** Only there for those who work on it. */
  readonly development: readonly string[];
}

/** Rooms that run without the development dependencies. */
function isShipped(room: string): boolean {
  return room.startsWith('src/') || room === 'firmware-sim';
}

export function unknownRooms(tree: SourceTree, rooms: RoomTable): readonly string[] {
  return [...new Set([...tree.keys()].map(roomOf))]
    .filter((room) => rooms[room] === undefined)
    .map((room) => `${room} is not in the table of rooms (tools/rooms.ts)`);
}

export function brokenArrows(imports: readonly Import[], rooms: RoomTable): readonly string[] {
  return imports.flatMap((each) => {
    const room = roomOf(each.from);
    const rule = rooms[room];
    const wrong = rule === undefined ? undefined : whyBroken(each, room, rule);
    return wrong === undefined ? [] : [`${place(each)}: ${wrong}`];
  });
}

function whyBroken({ from, specifier, target }: Import, room: string, rule: Room): string | undefined {
  switch (target.kind) {
    case 'file': {
      const other = roomOf(target.path);
      if (other !== room) {
        return rule.rooms.includes(other) ? undefined : `${room} may not import ${other} (${specifier})`;
      }
      const reachesNode = isNodeOnly(target.path, rule) && !isNodeOnly(from, rule);
      return reachesNode ? `runs in browsers and may not import ${target.path}, which only runs on Node` : undefined;
    }
    case 'package':
      return allows(rule.packages, target.name) ? undefined : `${room} may not use the package ${target.name}`;
    case 'builtin':
      return allows(rule.builtins, target.name) || isNodeOnly(from, rule)
        ? undefined
        : `${room} may not use ${target.name}`;
    case 'unknown':
      // Programs that start what a user names, or what is being built, may compute a path.
      return rule.packages === 'any' || room === 'tools' || rule.loaders?.includes(from) === true
        ? undefined
        : `imports ${specifier}, which is no file of the project`;
  }
}

function isNodeOnly(path: string, rule: Room): boolean {
  return rule.nodeOnlyFiles?.includes(path) ?? false;
}

function allows(allowed: readonly string[] | 'any', name: string): boolean {
  return allowed === 'any' || allowed.includes(name);
}

/** Packages that are used without being declared in package.json, or declared where a user would not get them. */
export function undeclaredPackages(imports: readonly Import[], declared: Dependencies): readonly string[] {
  return imports.flatMap((each) => {
    if (each.target.kind !== 'package' || isGeneratedType(each.from)) return [];
    const { name } = each.target;
    if (declared.runtime.includes(name)) return [];
    if (!needsAtRunTime(roomOf(each.from)) && declared.development.includes(name)) return [];
    const where = needsAtRunTime(roomOf(each.from)) ? 'dependencies' : 'dependencies or devDependencies';
    return [`${place(each)}: ${name} is not in ${where} of package.json`];
  });
}

/** What the pages use is in the script that the build makes of them. */
function needsAtRunTime(room: string): boolean {
  return isShipped(room) && room !== 'src/web';
}

/** protobufjs writes `import Long` for its own dependency, and a schema without 64-bit fields never uses it. */
function isGeneratedType(path: string): boolean {
  return path.startsWith('src/wire/gen/') && path.endsWith('.d.ts');
}

/** Files that import one another in a circle, each circle once. */
export function cycles(imports: readonly Import[]): readonly string[] {
  const edges = new Map<string, Set<string>>();
  for (const { from, target } of imports) {
    if (target.kind !== 'file') continue;
    const targets = edges.get(from) ?? new Set();
    edges.set(from, targets.add(target.path));
  }
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push([...path.slice(start), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of edges.get(file) ?? []) walk(next);
    path.pop();
    done.add(file);
  };
  for (const file of edges.keys()) walk(file);
  return found;
}

function place({ from, line }: Import): string {
  return `${from}:${line}`;
}
