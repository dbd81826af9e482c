// When a phone is in Android's deep Doze, and what of its other traffic waits for that. The times are those of AOSP's
// DeviceIdleController (facts, "Phone and OS"). docs/simulator.md says what of Doze is not modelled, and why.

import type { World } from './world.js';

const minuteMs = 60_000;

/** Still and unused for so long: inactive 30 + sensing 4 + locating 0.5 + idle-after 30 minutes. */
export const idleAfterMs = (30 + 4 + 0.5 + 30) * minuteMs;
/** The first stretch of deep idle, and the longest: each is twice the one before. */
const firstIdleMs = 60 * minuteMs;
const longestIdleMs = 360 * minuteMs;
/** The first maintenance window, and the longest. */
const firstMaintenanceMs = 5 * minuteMs;
const longestMaintenanceMs = 10 * minuteMs;

/** Deep idle from `fromMs` to `toMs`, where a maintenance window begins, or somebody takes or moves the phone. */
export interface IdleStretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What of a trace decides when its phone dozes. */
export interface PhoneLife {
  readonly endMs: number;
  readonly attachments: readonly {
    readonly startMs: number;
    readonly endMs: number;
    readonly networkKey: string;
    readonly moving?: boolean;
  }[];
  readonly bursts: readonly { readonly startMs: number; readonly durationMs: number; readonly foreground: boolean }[];
}

/** Every stretch of deep idle of the phone that lives through this, ascending; none in a world without Doze. */
export function idleStretches(world: World, life: PhoneLife): readonly IdleStretch[] {
  if (!world.doze.enabled) return [];
  const stretches: IdleStretch[] = [];
  let stillFromMs = 0;
  for (const { fromMs, toMs } of [...disturbances(life), { fromMs: life.endMs, toMs: life.endMs }]) {
    stretches.push(...deepIdle(stillFromMs, fromMs));
    stillFromMs = Math.max(stillFromMs, toMs);
  }
  return stretches;
}

/** Deep idle holds back what other apps would send: it waits until the stretch ends, and after the last one for ever. */
export function heldBack<Burst extends PhoneLife['bursts'][number]>(
  bursts: readonly Burst[],
  stretches: readonly IdleStretch[],
  endMs: number,
): readonly Burst[] {
  if (stretches.length === 0) return bursts;
  let next = 0;
  const moved = bursts.map((burst) => {
    while ((stretches[next]?.toMs ?? Infinity) <= burst.startMs) next += 1;
    const stretch = stretches[next];
    const held = !burst.foreground && stretch !== undefined && burst.startMs >= stretch.fromMs;
    return held ? { ...burst, startMs: stretch.toMs } : burst;
  });
  return moved.filter(({ startMs }) => startMs < endMs).sort((a, b) => a.startMs - b.startMs);
}

/** When the phone moves, changes its network, or is in the user's hand; ascending by their begin. */
function disturbances({ attachments, bursts }: PhoneLife): readonly IdleStretch[] {
  const found: IdleStretch[] = [];
  let networkKey: string | undefined;
  for (const attachment of attachments) {
    const { startMs: fromMs, endMs, moving = false } = attachment;
    if (moving) found.push({ fromMs, toMs: endMs });
    else if (attachment.networkKey !== networkKey) found.push({ fromMs, toMs: fromMs });
    networkKey = attachment.networkKey;
  }
  for (const { startMs: fromMs, durationMs, foreground } of bursts) {
    if (foreground) found.push({ fromMs, toMs: fromMs + durationMs });
  }
  return found.sort((a, b) => a.fromMs - b.fromMs);
}

function deepIdle(stillFromMs: number, untilMs: number): IdleStretch[] {
  const stretches: IdleStretch[] = [];
  let idleMs = firstIdleMs;
  let maintenanceMs = firstMaintenanceMs;
  for (let fromMs = stillFromMs + idleAfterMs; fromMs < untilMs; ) {
    const toMs = Math.min(untilMs, fromMs + idleMs);
    stretches.push({ fromMs, toMs });
    fromMs = toMs + maintenanceMs;
    idleMs = Math.min(longestIdleMs, 2 * idleMs);
    maintenanceMs = Math.min(longestMaintenanceMs, 2 * maintenanceMs);
  }
  return stretches;
}
