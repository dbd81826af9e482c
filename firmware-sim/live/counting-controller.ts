import type { HeartbeatController, HeartbeatEvent, HeartbeatPlan } from '../../src/core/heartbeat/controller.js';

export interface LinkCounts {
  /** Sends whose only reason was the heartbeat. */
  readonly beats: number;
  readonly connects: number;
  /** Links that were found dead: an answer that did not come, or a reset. */
  readonly deadLinks: number;
}

/**
 * Leaves every decision to another controller and counts what it is told: one ruler for real and simulated links. It tells
 * time as a phone does, in whole milliseconds and with alarms that never ring early; the simulator's own is exact, and a silence
 * that ends exactly at an edge of an estimate is not the same evidence as one that ends just after.
 */
export class CountingController implements HeartbeatController {
  readonly #controller: HeartbeatController;
  #beats = 0;
  #connects = 0;
  #deadLinks = 0;

  constructor(controller: HeartbeatController) {
    this.#controller = controller;
  }

  get counts(): LinkCounts {
    return { beats: this.#beats, connects: this.#connects, deadLinks: this.#deadLinks };
  }

  observe(nowMs: number, event: HeartbeatEvent): void {
    if (event.type === 'heartbeat-sent' && event.dedicated) this.#beats += 1;
    if (event.type === 'connected') this.#connects += 1;
    if (event.type === 'disconnected' && (event.end === 'answer-timeout' || event.end === 'reset')) this.#deadLinks += 1;
    const told = event.type === 'answered' ? { ...event, sentAtMs: Math.floor(event.sentAtMs) } : event;
    this.#controller.observe(Math.floor(nowMs), told);
  }

  plan(nowMs: number): HeartbeatPlan {
    const plan = this.#controller.plan(Math.floor(nowMs));
    return { ...plan, beatAtMs: Math.ceil(plan.beatAtMs) };
  }

  flowSeconds(): number | undefined {
    return this.#controller.flowSeconds?.();
  }

  memory(): unknown {
    return this.#controller.memory();
  }
}
