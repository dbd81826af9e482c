import type { Urgency } from '../frames.js';
import { limits } from '../limits.js';

const waitsMs: Readonly<Record<Urgency, number>> = {
  'high': limits.fallbackHighMs,
  'normal': limits.fallbackNormalMs,
  'low': limits.fallbackLowMs,
  'very-low': limits.fallbackVeryLowMs,
};

/**
 * When a copy that waits for a device with a push service of its own is sent on there: once the user's linked devices had the time
 * that its urgency leaves them. Those get a low one only with the next radio-on moment, so it waits for that first.
 */
export function fallbackDueAtMs({ urgency, acceptedAtMs, expiresAtMs, holdMs, others }: {
  readonly urgency: Urgency;
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
  /** Longest that links hold what is not urgent. */
  readonly holdMs: number;
  /** Whether another device of the user has the app; if not, there is nobody to wait for. */
  readonly others: boolean;
}): number {
  if (!others) return acceptedAtMs;
  const held = urgency === 'low' || urgency === 'very-low' ? holdMs : 0;
  // What would expire before its time goes early rather than never.
  const lastMs = Math.max(acceptedAtMs, expiresAtMs - limits.holdMarginMs);
  return Math.min(acceptedAtMs + held + waitsMs[urgency], lastMs);
}
