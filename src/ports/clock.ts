/** Milliseconds since the epoch. Only shells read it; what decides gets `nowMs` as an argument. */
export interface Clock {
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };
