// The rooms of the project and the arrows between them: which folder may import which.
// docs/architecture.md says the same in words; test/structure/arrows.test.ts holds both against the
// real imports.

export interface Room {
  /** One line for the picture. */
  readonly purpose: string;
  /** Other rooms whose files it may import. */
  readonly rooms: readonly string[];
  /** npm packages. */
  readonly packages: readonly string[] | 'any';
  /** Node's own modules. */
  readonly builtins: readonly string[] | 'any';
  /**
   * Files that only run on Node, in a room that also runs in a browser: they may use Node's own
   * modules, and no other file of the room may import them.
   */
  readonly nodeOnlyFiles?: readonly string[];
  /** Files that import what they find in their own folder, by a computed path. */
  readonly loaders?: readonly string[];
}

const everyRoomOfSrc = [
  'src/core', 'src/wire', 'src/ports', 'src/store', 'src/gateway', 'src/mqtt', 'src/http', 'src/web', 'src/device',
  'src/outgoing', 'src/push-sender', 'src/webhook-sender',
] as const;

export const rooms: Readonly<Record<string, Room>> = {
  'src/core': {
    purpose: 'every decision, pure: no I/O, clock, timer or randomness; '
      + 'the same code on a phone, in the gateway, in the simulator',
    rooms: [],
    // Pure as the rest: what a wall clock shows at an instant, by the rules of a zone.
    packages: ['temporal-polyfill'],
    builtins: [],
  },
  'src/wire': {
    purpose: 'protobuf codecs that validate',
    rooms: ['src/core'],
    packages: ['protobufjs', 'long'],
    builtins: [],
  },
  'src/ports': {
    purpose: 'contracts: store, clock, log, metrics',
    rooms: ['src/core'],
    packages: [],
    builtins: [],
  },
  'src/store': {
    purpose: 'durable records in level; in memory for tests',
    rooms: ['src/ports', 'src/wire', 'src/core'],
    packages: ['level', 'abstract-level', 'classic-level', 'memory-level'],
    builtins: 'any',
  },
  'src/gateway': {
    purpose: 'sessions, publishing, presence, expiry',
    rooms: ['src/ports', 'src/wire', 'src/core'],
    packages: ['zod'],
    builtins: ['node:crypto'],
  },
  'src/outgoing': {
    purpose: 'the fence around requests',
    rooms: ['src/ports', 'src/core'],
    packages: ['ipaddr.js'],
    builtins: 'any',
  },
  'src/push-sender': {
    purpose: 'sends Web Push',
    rooms: ['src/outgoing', 'src/ports', 'src/core'],
    packages: ['web-push'],
    builtins: ['node:crypto'],
  },
  'src/webhook-sender': {
    purpose: 'sends webhooks',
    rooms: ['src/outgoing', 'src/ports', 'src/core'],
    packages: [],
    builtins: ['node:crypto'],
  },
  'src/mqtt': {
    purpose: 'one port: lean device links, aedes for the rest',
    rooms: ['src/gateway', 'src/ports', 'src/wire', 'src/core'],
    packages: ['aedes', 'aedes-packet', 'aedes-persistence', 'mqemitter', 'mqtt-packet', 'ws'],
    builtins: 'any',
  },
  'src/http': {
    purpose: 'API for apps and operators, metrics, WebSocket',
    rooms: ['src/gateway', 'src/ports', 'src/core'],
    packages: [
      '@fastify/cookie', '@fastify/swagger', '@node-rs/argon2', '@simplewebauthn/server', 'fastify', 'ipaddr.js', 'jose', 'oidc-provider',
      'prom-client', 'ws', 'zod',
    ],
    builtins: 'any',
  },
  'src/web': {
    purpose: 'the pages',
    rooms: ['src/device'],
    packages: ['@preact/signals', '@simplewebauthn/browser', 'preact', 'uplot'],
    builtins: [],
  },
  'src/device': {
    purpose: 'the client that an app developer embeds',
    rooms: ['src/wire', 'src/core'],
    packages: ['mqtt', 'mqtt-packet'],
    builtins: [],
    nodeOnlyFiles: ['src/device/file-storage.ts', 'src/device/node-network.ts'],
  },
  'src/cli': {
    purpose: 'the lowbeat command: builds every part and wires it to the others; nothing imports it',
    rooms: [...everyRoomOfSrc, 'firmware-sim'],
    packages: 'any',
    builtins: 'any',
  },
  'firmware-sim': {
    purpose: 'battery simulator on a virtual clock',
    rooms: ['src/wire', 'src/core'],
    packages: ['zod', 'hdr-histogram-js', '@observablehq/plot', 'linkedom'],
    builtins: 'any',
    loaders: ['firmware-sim/strategies/load.ts'],
  },
  'bench': {
    purpose: 'what things cost: memory, connects, throughput, latency, bytes, battery',
    rooms: [...everyRoomOfSrc, 'firmware-sim'],
    packages: 'any',
    builtins: 'any',
  },
  'examples': {
    purpose: 'programs to start from',
    rooms: ['src/device'],
    packages: 'any',
    builtins: 'any',
  },
  'tools': {
    purpose: 'npm test, the picture, generated code',
    rooms: [],
    packages: ['esbuild', 'typescript', 'tap-parser'],
    builtins: 'any',
  },
  // A room's own test may import the room, the command line's too.
  'test': {
    purpose: 'tests of every room, alone and together',
    rooms: [...everyRoomOfSrc, 'src/cli', 'firmware-sim', 'bench', 'examples', 'tools'],
    packages: 'any',
    builtins: 'any',
  },
};

/** The folders that hold rooms: `src` holds one in each of its own folders. */
export const roomFolders = ['src', 'firmware-sim', 'bench', 'examples', 'tools', 'test'] as const;

/** The room a file lies in, in the table or not: `src/<folder>`, or its first folder. */
export function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'src' ? `src/${second}` : first;
}
