// The radio of one phone: which state it is in, and the energy it has taken. Exact between events: power is
// constant in a state, so nothing is stepped.

import { idleAverageMw, type RadioProfile } from './profile.js';

export type Direction = 'up' | 'down';

interface Stage {
  readonly name: string;
  readonly powerMw: number;
  readonly tailMs: number;
  readonly promotionMs: number;
  readonly promotionMw: number;
  readonly fromNextMs: number;
  readonly fromNextMw: number;
}

/** The numbers of a profile as the meter needs them; shared by all phones of that profile. */
export class RadioModel {
  readonly id: string;
  readonly kind: 'cellular' | 'wifi';
  readonly idleMw: number;
  readonly pagingEveryMs: number;
  readonly roundTripMs: number;
  readonly stages: readonly Stage[];
  /** All stages' tails together: how long after a full transfer the radio is idle again. */
  readonly tailMs: number;
  readonly #small: { readonly stage: number; readonly upBytes: number; readonly downBytes: number } | undefined;
  readonly #transfer: RadioProfile['transfer'];

  constructor(profile: RadioProfile) {
    this.id = profile.id;
    this.kind = profile.kind;
    this.idleMw = idleAverageMw(profile);
    this.pagingEveryMs = profile.paging.everyMs.value;
    this.roundTripMs = profile.roundTripMs.value;
    this.stages = profile.stages.map((stage) => ({
      name: stage.name,
      powerMw: stage.powerMw.value,
      tailMs: stage.tailMs.value,
      promotionMs: stage.promotion.durationMs.value,
      promotionMw: stage.promotion.powerMw.value,
      fromNextMs: (stage.promotionFromNext ?? stage.promotion).durationMs.value,
      fromNextMw: (stage.promotionFromNext ?? stage.promotion).powerMw.value,
    }));
    this.tailMs = this.stages.reduce((sum, stage) => sum + stage.tailMs, 0);
    const small = profile.smallTransfer;
    this.#small = small && {
      stage: profile.stages.findIndex((stage) => stage.name === small.stage),
      upBytes: small.upBytes.value,
      downBytes: small.downBytes.value,
    };
    this.#transfer = profile.transfer;
  }

  /** The stage that serves a transfer of so many bytes. */
  stageFor(direction: Direction, bytes: number): number {
    const small = this.#small;
    if (!small) return 0;
    return bytes <= (direction === 'up' ? small.upBytes : small.downBytes) ? small.stage : 0;
  }

  transferMs(direction: Direction, bytes: number): number {
    const mbps = direction === 'up' ? this.#transfer.upMbps.value : this.#transfer.downMbps.value;
    return (bytes * 8) / (mbps * 1000);
  }

  transferMw(direction: Direction): number {
    const { basePowerMw, upMwPerMbps, downMwPerMbps, upMbps, downMbps } = this.#transfer;
    return direction === 'up'
      ? basePowerMw.value + upMwPerMbps.value * upMbps.value
      : basePowerMw.value + downMwPerMbps.value * downMbps.value;
  }
}

/** A stretch of time at one power: idle, a stage, or `active` for promotions and transfers. */
export interface RadioStretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly powerMw: number;
  readonly stage: string;
}

/** Stage number of an idle radio. */
const idle = -1;

/**
 * Calling order: `transfer` and `occupy` with times that never go back; `energyMj` at any time at or
 * after the last event.
 */
export class Radio {
  readonly model: RadioModel;
  /** For pictures: hears of every stretch, in order. */
  onStretch: ((stretch: RadioStretch) => void) | undefined;
  #energyMj = 0;
  /** Energy is counted up to here. */
  #countedMs: number;
  #stage = idle;
  #stageEndsMs = 0;
  #promotions = 0;
  /** Another's long transfer: our packets go beside it. */
  #occupiedFromMs = 0;
  #occupiedUntilMs = 0;
  readonly #pagingPhaseMs: number;

  /** `pagingPhaseMs`: when, within its cycle, this phone listens for pages. */
  constructor(model: RadioModel, nowMs: number, pagingPhaseMs = 0) {
    this.model = model;
    this.#countedMs = nowMs;
    this.#pagingPhaseMs = pagingPhaseMs;
  }

  /** How long a packet for this phone waits at the base station: an idle radio hears of it at its next paging occasion only. */
  pagingWaitMs(nowMs: number): number {
    const { pagingEveryMs } = this.model;
    if (pagingEveryMs === 0 || this.isOn(nowMs)) return 0;
    const since = (nowMs - this.#pagingPhaseMs) % pagingEveryMs;
    return (pagingEveryMs - since) % pagingEveryMs;
  }

  /** Moves bytes: promotes if needed, pays for the transfer, starts the tail anew. When the last bit is through, milliseconds. */
  transfer(nowMs: number, direction: Direction, bytes: number): number {
    const durationMs = this.model.transferMs(direction, bytes);
    // Beside another's long transfer the radio is paid for already.
    const besideMs = Math.max(nowMs, this.#occupiedFromMs) + durationMs;
    if (nowMs < this.#occupiedUntilMs && besideMs <= this.#occupiedUntilMs) return besideMs;
    const serving = this.#promote(nowMs, this.model.stageFor(direction, bytes));
    // The transfer's power stands in place of the stage's, and is never less.
    const stageMw = this.#powerMw(serving);
    const powerMw = serving === 0 ? Math.max(stageMw, this.model.transferMw(direction)) : stageMw;
    return this.#spend(durationMs, powerMw, serving);
  }

  /** Keeps the radio busy in its highest stage, as a download by the user does. When it ends, milliseconds. */
  occupy(nowMs: number, durationMs: number): number {
    this.#promote(nowMs, 0);
    if (nowMs >= this.#occupiedUntilMs) this.#occupiedFromMs = this.#countedMs;
    // Two that overlap last until the later one ends.
    const leftMs = Math.max(0, nowMs + durationMs - this.#countedMs);
    this.#spend(leftMs, Math.max(this.#powerMw(0), this.model.transferMw('down')), 0);
    this.#occupiedUntilMs = this.#countedMs;
    return this.#countedMs;
  }

  /** Whether the radio is out of its idle state, so that a small transfer wakes nothing. */
  isOn(nowMs: number): boolean {
    return this.stageAt(nowMs) !== 'idle';
  }

  /** The state's name at an instant not before the last event. */
  stageAt(nowMs: number): string {
    this.#advance(nowMs);
    return this.#stage === idle ? 'idle' : (this.model.stages[this.#stage]?.name ?? 'idle');
  }

  /** Energy since the start, millijoules. */
  energyMj(nowMs: number): number {
    this.#advance(nowMs);
    return this.#energyMj;
  }

  /** How often the radio left idle. */
  get promotions(): number {
    return this.#promotions;
  }

  #promote(nowMs: number, wanted: number): number {
    this.#advance(nowMs);
    if (this.#stage !== idle && this.#stage <= wanted) return this.#stage;
    const target = this.model.stages[wanted];
    if (!target) throw new Error(`radio ${this.model.id}: no stage ${wanted}`);
    if (this.#stage === idle) {
      this.#promotions += 1;
      this.#spend(target.promotionMs, target.promotionMw, wanted);
    } else {
      this.#spend(target.fromNextMs, target.fromNextMw, wanted);
    }
    return wanted;
  }

  #spend(durationMs: number, powerMw: number, stage: number): number {
    this.#energyMj += (powerMw * durationMs) / 1000;
    this.onStretch?.({ fromMs: this.#countedMs, toMs: this.#countedMs + durationMs, powerMw, stage: 'active' });
    this.#countedMs += durationMs;
    this.#stage = stage;
    this.#stageEndsMs = this.#countedMs + (this.model.stages[stage]?.tailMs ?? 0);
    return this.#countedMs;
  }

  #powerMw(stage: number): number {
    return stage === idle ? this.model.idleMw : (this.model.stages[stage]?.powerMw ?? 0);
  }

  #advance(nowMs: number): void {
    while (this.#countedMs < nowMs) {
      const endMs = this.#stage === idle ? nowMs : Math.min(nowMs, this.#stageEndsMs);
      const powerMw = this.#powerMw(this.#stage);
      this.#energyMj += (powerMw * (endMs - this.#countedMs)) / 1000;
      if (this.onStretch) {
        const stage = this.model.stages[this.#stage]?.name ?? 'idle';
        this.onStretch({ fromMs: this.#countedMs, toMs: endMs, powerMw, stage });
      }
      this.#countedMs = endMs;
      if (this.#stage !== idle && endMs === this.#stageEndsMs) this.#fall();
    }
  }

  #fall(): void {
    const next = this.model.stages[this.#stage + 1];
    this.#stage = next ? this.#stage + 1 : idle;
    if (next) this.#stageEndsMs = this.#countedMs + next.tailMs;
  }
}
