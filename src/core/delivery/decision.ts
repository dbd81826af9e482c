import { urgencies, type Urgency } from '../frames.js';
import { limits } from '../limits.js';

export interface DecisionInput {
  readonly nowMs: number;
  readonly urgency: Urgency;
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
  /** The least urgency that the device admits. */
  readonly minimumUrgency: Urgency;
  /** Longest time from acceptance to delivery for what is not urgent. */
  readonly holdMs: number;
  /** The phone's radio is on at this moment, or is about to be. */
  readonly radioOn: boolean;
  /** Its app does not ring now. */
  readonly quiet?: boolean;
}

export type Decision =
  | { readonly type: 'deliver' }
  /** For the next radio-on moment, at the latest then. */
  | { readonly type: 'hold'; readonly untilMs: number }
  /** Below what the device admits, or of an app that does not ring now: it stays in the store. */
  | { readonly type: 'wait' }
  | { readonly type: 'drop'; readonly reason: 'expired' };

const deliver: Decision = { type: 'deliver' };
const wait: Decision = { type: 'wait' };
const expired: Decision = { type: 'drop', reason: 'expired' };

/**
 * What happens to one waiting notification at `nowMs`. Normal and high go at once; very-low and low
 * ride the next radio-on moment (RFC 8030 §5.3 leaves the time of a low urgency to the service).
 * Expired means at or after `expiresAtMs`, as in the store.
 */
export function decide(input: DecisionInput): Decision {
  if (input.nowMs >= input.expiresAtMs) return expired;
  if (input.quiet === true || !admits(input.minimumUrgency, input.urgency)) return wait;
  if (input.radioOn || input.urgency === 'normal' || input.urgency === 'high') return deliver;
  const lastMs = input.expiresAtMs - limits.holdMarginMs;
  const untilMs = Math.min(input.acceptedAtMs + input.holdMs, lastMs);
  return untilMs <= input.nowMs ? deliver : { type: 'hold', untilMs };
}

export function admits(minimum: Urgency, urgency: Urgency): boolean {
  return urgencies.indexOf(urgency) >= urgencies.indexOf(minimum);
}
