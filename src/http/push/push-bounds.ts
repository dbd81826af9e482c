// What bounds the door of Web Push, in one place: no sender can take more than a share of it.

import { limits } from '../../core/limits.js';
import { PushLimits } from './push-limits.js';
import { ReceiptSeats } from './receipts-waiting.js';
import { RequestsUnderWay } from './requests-under-way.js';
import { Signatures } from './signatures.js';

/** The bounds that a test may set. */
export type PushBoundLimits = Readonly<Record<keyof typeof defaults, number>>;

const defaults = {
  endpointPushesPerSecond: limits.endpointPushesPerSecond,
  endpointPushBurst: limits.endpointPushBurst,
  senderPushesPerSecond: limits.senderPushesPerSecond,
  senderPushBurst: limits.senderPushBurst,
  refusedSignaturesPerSecond: limits.refusedSignaturesPerSecond,
  refusedSignatureBurst: limits.refusedSignatureBurst,
  pushRates: limits.pushRates,
  vapidTokens: limits.vapidTokens,
  signatureChecks: limits.signatureChecks,
  pushesUnderWay: limits.pushesUnderWay,
  pushesUnderWayPerAddress: limits.pushesUnderWayPerAddress,
  matrixUnderWay: limits.matrixUnderWay,
  matrixUnderWayPerAddress: limits.matrixUnderWayPerAddress,
} as const;

export class PushBounds {
  readonly rates: PushLimits;
  readonly signatures: Signatures;
  readonly pushes: RequestsUnderWay;
  readonly matrix: RequestsUnderWay;
  readonly seats = new ReceiptSeats();

  /** What differs from `core/limits`. */
  constructor(overrides: Partial<PushBoundLimits> = {}) {
    const bounds: PushBoundLimits = { ...defaults, ...overrides };
    this.rates = new PushLimits(bounds);
    this.signatures = new Signatures({ rates: this.rates, atOnce: bounds.signatureChecks, tokens: bounds.vapidTokens });
    this.pushes = new RequestsUnderWay({ ofOne: bounds.pushesUnderWayPerAddress, ofAll: bounds.pushesUnderWay });
    this.matrix = new RequestsUnderWay({ ofOne: bounds.matrixUnderWayPerAddress, ofAll: bounds.matrixUnderWay });
  }
}
