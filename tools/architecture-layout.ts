// Where things stand in docs/architecture.svg, laid by hand. What is drawn comes from the code: a
// room that has no place here, or an import between rooms that has no route, is an error that says
// so. An entry for what the code does not have is not drawn.

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

export const canvas = { width: 1176, height: 716 } as const;

/** Each room's box. */
export const places: Readonly<Record<string, Box>> = {
  'src/cli': { x: 240, y: 44, width: 912, height: 44 },
  'src/http': { x: 288, y: 148, width: 172, height: 112 },
  'src/mqtt': { x: 288, y: 308, width: 172, height: 112 },
  'src/gateway': { x: 520, y: 148, width: 172, height: 272 },
  'src/ports': { x: 752, y: 148, width: 172, height: 112 },
  'src/store': { x: 752, y: 308, width: 172, height: 112 },
  'src/push-sender': { x: 970, y: 98, width: 144, height: 44 },
  'src/outgoing': { x: 970, y: 150, width: 144, height: 78 },
  'src/webhook-sender': { x: 970, y: 236, width: 144, height: 44 },
  'src/device': { x: 32, y: 308, width: 164, height: 112 },
  'src/web': { x: 72, y: 426, width: 124, height: 46 },
  'firmware-sim': { x: 968, y: 308, width: 152, height: 112 },
  'src/wire': { x: 24, y: 480, width: 1096, height: 44 },
  'src/core': { x: 24, y: 568, width: 1096, height: 84 },
};

/** Rooms that reach all others or carry them: drawn as bars, with one line of text that begins at this x. */
export const bars: Readonly<Record<string, number>> = { 'src/cli': 258, 'src/wire': 124, 'src/core': 42 };

/** Rooms that are not part of what runs, and are left out with their arrows. */
export const undrawn: ReadonlySet<string> = new Set(['test', 'tools', 'examples', 'bench']);

/** How an import goes from one room's edge to another's, `from → to`. */
export const routes: Readonly<Record<string, readonly Point[]>> = {
  'src/http → src/gateway': [[460, 204], [520, 204]],
  'src/mqtt → src/gateway': [[460, 364], [520, 364]],

  'src/gateway → src/ports': [[692, 204], [752, 204]],
  'src/store → src/ports': [[838, 308], [838, 260]],
  'src/http → src/ports': [[430, 148], [430, 126], [790, 126], [790, 148]],
  'src/mqtt → src/ports': [[438, 420], [438, 440], [722, 440], [722, 236], [752, 236]],
  'src/wire → src/ports': [[736, 480], [736, 248], [752, 248]],

  'src/device → src/wire': [[42, 420], [42, 480]],
  'src/mqtt → src/wire': [[346, 420], [346, 480]],
  'src/gateway → src/wire': [[580, 420], [580, 480]],
  'src/store → src/wire': [[810, 420], [810, 480]],
  'firmware-sim → src/wire': [[1020, 420], [1020, 480]],

  'src/device → src/core': [[57, 420], [57, 568]],
  'src/mqtt → src/core': [[400, 420], [400, 568]],
  'src/http → src/core': [[460, 240], [500, 240], [500, 568]],
  'src/gateway → src/core': [[632, 420], [632, 568]],
  'src/store → src/core': [[866, 420], [866, 568]],
  'src/ports → src/core': [[924, 252], [944, 252], [944, 568]],
  'firmware-sim → src/core': [[1072, 420], [1072, 568]],
  'src/push-sender → src/ports': [[970, 116], [900, 116], [900, 148]],
  'src/push-sender → src/outgoing': [[1046, 142], [1046, 150]],
  'src/push-sender → src/core': [[970, 132], [954, 132], [954, 568]],
  'src/webhook-sender → src/ports': [[970, 242], [924, 242]],
  'src/webhook-sender → src/outgoing': [[1046, 236], [1046, 228]],
  // Joins that of outgoing.
  'src/webhook-sender → src/core': [[970, 264], [962, 264], [962, 568]],
  'src/outgoing → src/core': [[970, 200], [962, 200], [962, 568]],
  'src/wire → src/core': [[236, 524], [236, 568]],

  'src/web → src/device': [[134, 426], [134, 420]],
  'src/cli → src/device': [[268, 88], [268, 396], [196, 396]],
  'src/cli → src/http': [[350, 88], [350, 148]],
  'src/cli → src/mqtt': [[480, 88], [480, 332], [460, 332]],
  'src/cli → src/gateway': [[606, 88], [606, 148]],
  'src/cli → src/store': [[706, 88], [706, 340], [752, 340]],
  'src/cli → src/ports': [[860, 88], [860, 148]],
  'src/cli → firmware-sim': [[1128, 88], [1128, 352], [1120, 352]],
  'src/cli → src/push-sender': [[1010, 88], [1010, 98]],
  'src/cli → src/webhook-sender': [[1124, 88], [1124, 258], [1114, 258]],
  'src/cli → src/outgoing': [[1120, 88], [1120, 190], [1114, 190]],
  'src/cli → src/wire': [[1134, 88], [1134, 502], [1120, 502]],
  'src/cli → src/core': [[1146, 88], [1146, 610], [1120, 610]],
};

export interface Area {
  readonly caption: string;
  readonly captionAt: Point;
  readonly box: Box;
  readonly around: readonly string[];
}

/** A shaded area with a caption above what runs together. It is drawn around the rooms that exist. */
export const areas: readonly Area[] = [
  {
    caption: 'one gateway process',
    captionAt: [644, 457],
    box: { x: 276, y: 110, width: 660, height: 354 },
    around: ['src/gateway', 'src/mqtt', 'src/http', 'src/store', 'src/ports'],
  },
  {
    caption: 'phone, desktop, browser',
    captionAt: [32, 301],
    box: { x: 18, y: 282, width: 190, height: 194 },
    around: ['src/device', 'src/web'],
  },
  {
    caption: 'engineers',
    captionAt: [970, 301],
    box: { x: 956, y: 282, width: 176, height: 152 },
    around: ['firmware-sim'],
  },
];

/** Who is outside, and through which room they come in. */
export interface Outsider {
  readonly name: string;
  readonly box: Box;
  readonly doors: readonly Door[];
}

export interface Door {
  readonly room: string;
  readonly label: string;
  readonly labelAt: Point;
  readonly route: readonly Point[];
}

export const outsiders: readonly Outsider[] = [
  {
    name: 'Operator',
    box: { x: 32, y: 44, width: 164, height: 44 },
    doors: [{ room: 'src/cli', label: '', labelAt: [0, 0], route: [[196, 66], [240, 66]] }],
  },
  {
    name: 'Monitoring',
    box: { x: 32, y: 138, width: 164, height: 44 },
    doors: [{ room: 'src/http', label: 'HTTP', labelAt: [230, 163], route: [[196, 170], [288, 170]] }],
  },
  {
    name: 'App servers',
    box: { x: 32, y: 206, width: 164, height: 44 },
    doors: [
      { room: 'src/http', label: 'HTTP', labelAt: [230, 213], route: [[196, 220], [288, 220]] },
      {
        room: 'src/mqtt',
        label: 'MQTT',
        labelAt: [241, 290],
        route: [[196, 236], [214, 236], [214, 338], [288, 338]],
      },
    ],
  },
];

/** What is not an import: the device's connection to the gateway. */
export const link = {
  from: 'src/device',
  to: 'src/mqtt',
  label: 'one link',
  labelAt: [238, 362],
  route: [[196, 370], [288, 370]],
} as const;
