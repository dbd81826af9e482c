// What all links of one phone share: its clock, network, radios, processor and the queue of what is under way.

import { createPrng } from '../../src/core/prng.js';
import { Radio, type RadioModel, type RadioStretch } from '../radio/radio.js';
import type { Attachment, Trace } from '../world/trace.js';
import * as constants from './constants.js';
import { EventQueue, type Timed } from './event-queue.js';
import type { LinkEvent } from './link-event.js';

export type PhoneEvent = LinkEvent | (Timed & { readonly type: 'burst-noticed' | 'burst-ends' });

export interface HandsetOptions {
  readonly trace: Trace;
  readonly cellular: RadioModel;
  readonly wifi: RadioModel;
  /** One wake-up of the processor; `constants.cpuWakeMj` if absent. */
  readonly cpuWakeMj?: number;
  /** Called for what the pictures show; costs time. */
  readonly onEvent?: (nowMs: number, event: string, detail: string) => void;
  /** Called for every stretch of either radio; costs time. */
  readonly onRadio?: (radio: 'cellular' | 'wifi', stretch: RadioStretch) => void;
}

export class Handset {
  readonly trace: Trace;
  readonly events = new EventQueue<PhoneEvent>();
  nowMs = 0;
  /** Index of the stay that the phone is at. */
  stay = 0;
  readonly #radios: { readonly cellular: Radio; readonly wifi: Radio };
  readonly #cpuWakeMj: number;
  readonly #onEvent: HandsetOptions['onEvent'];
  #attachment: Attachment;
  #radio: Radio | undefined;
  #awakeUntilMs = 0;
  #cpuMj = 0;

  constructor(options: HandsetOptions) {
    this.trace = options.trace;
    const first = options.trace.attachments[0];
    if (!first) throw new Error('the trace has no attachment');
    const random = createPrng(options.trace.seed * 31 + 5);
    const radio = (model: RadioModel): Radio => new Radio(model, 0, random.next() * model.pagingEveryMs);
    this.#radios = { cellular: radio(options.cellular), wifi: radio(options.wifi) };
    const { onRadio } = options;
    if (onRadio) {
      this.#radios.cellular.onStretch = (stretch) => onRadio('cellular', stretch);
      this.#radios.wifi.onStretch = (stretch) => onRadio('wifi', stretch);
    }
    this.#cpuWakeMj = options.cpuWakeMj ?? constants.cpuWakeMj;
    this.#onEvent = options.onEvent;
    this.#attachment = first;
    this.#radio = this.#radioOf(first);
  }

  get attachment(): Attachment {
    return this.#attachment;
  }

  attach(attachment: Attachment): void {
    this.#attachment = attachment;
    this.#radio = this.#radioOf(attachment);
  }

  /** The radio in use; undefined in a dead zone. */
  get radio(): Radio | undefined {
    return this.#radio;
  }

  /** The processor runs until then for another's sake. */
  keepAwake(untilMs: number): void {
    if (untilMs > this.#awakeUntilMs) this.#awakeUntilMs = untilMs;
  }

  /** Somebody wants the processor now. */
  wake(): void {
    if (this.nowMs >= this.#awakeUntilMs) this.#cpuMj += this.#cpuWakeMj;
  }

  note(event: string, detail: string): void {
    this.#onEvent?.(this.nowMs, event, detail);
  }

  /** What lies between the two instants without any network, milliseconds. */
  withoutCoverageMs(fromMs: number, toMs: number): number {
    let sum = 0;
    for (let at = this.stay; at >= 0; at -= 1) {
      const stay = this.trace.attachments[at];
      if (!stay || stay.endMs <= fromMs) break;
      if (stay.link === 'none') sum += Math.max(0, Math.min(toMs, stay.endMs) - Math.max(fromMs, stay.startMs));
    }
    return sum;
  }

  /** Both radios and the processor, millijoules. */
  energyMj(nowMs: number): number {
    return this.#radios.cellular.energyMj(nowMs) + this.#radios.wifi.energyMj(nowMs) + this.#cpuMj;
  }

  #radioOf({ link }: Attachment): Radio | undefined {
    return link === 'none' ? undefined : this.#radios[link];
  }
}
