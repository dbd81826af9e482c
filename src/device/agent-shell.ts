// The loop around core's device agent: brings it time, bytes and wishes, and does what it asks. Decides nothing.

import type { DeviceAgentAction, DeviceAgentState } from '../core/device-agent/actions.js';
import type { DeviceAgent } from '../core/device-agent/device-agent.js';
import { decodeDownFrame, encodeUpFrame } from '../wire/link-codec.js';
import { Alarm } from './alarm.js';
import type { Clock, Timer } from './clock.js';
import type { MqttLink, MqttLinkEvents } from './mqtt-link.js';
import { sameNetwork } from './network.js';
import type { DeviceNetwork, NetworkSource } from './network.js';
import { textOf } from './warnings.js';
import type { DeviceWarning } from './warnings.js';

type ShellAction = Extract<DeviceAgentAction, { readonly type: 'connect' | 'disconnect' | 'send' | 'persist' }>;
/** What concerns the program around the shell. */
export type OutwardAction = Exclude<DeviceAgentAction, ShellAction>;

export interface AgentShellOptions {
  readonly agent: DeviceAgent;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly network: NetworkSource | undefined;
  readonly openLink: (events: MqttLinkEvents) => MqttLink;
  /** Resolves when it was kept, or could not be. */
  readonly save: (state: DeviceAgentState) => Promise<void>;
  readonly onAction: (action: OutwardAction) => void;
  readonly onWarning: (warning: DeviceWarning) => void;
}

export type AgentInput = (agent: DeviceAgent, nowMs: number) => void;

export class AgentShell {
  readonly #options: AgentShellOptions;
  readonly #alarm: Alarm;
  #link: MqttLink | undefined;
  #network: DeviceNetwork | undefined;
  #unwatch: (() => void) | undefined;
  #saving: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #draining = false;

  constructor(options: AgentShellOptions) {
    this.#options = options;
    const { clock, timer } = options;
    this.#alarm = new Alarm({ clock, timer, onDue: () => this.ask((agent, nowMs) => agent.onTimeout(nowMs)) });
  }

  /** When the agent wants to act next; Infinity when it waits for others only. */
  get nextWakeMs(): number {
    return this.#alarm.atMs;
  }

  start(): void {
    this.#unwatch = this.#options.network?.watch(() => this.wake());
    this.ask((agent, nowMs) => agent.start(nowMs));
  }

  /** Resolves when the goodbye has left, or could not, and what must be kept is stored. */
  async stop(): Promise<void> {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#input((agent, nowMs) => agent.stop(nowMs));
    await this.#closing;
    // The end of one save may be the start of the next.
    while (this.#saving !== undefined) await this.#saving;
  }

  /** A wish, an alarm, the end of a handler: something may go up for it, so the network is looked at first. */
  ask(act: AgentInput): void {
    this.#lookAtNetwork();
    this.#input(act);
  }

  /** Time may have leapt, or the network changed. */
  wake(): void {
    this.#lookAtNetwork();
    this.#drain();
  }

  networkChanged(network: DeviceNetwork): void {
    this.#network = network;
    this.#input((agent, nowMs) => agent.onNetworkChanged(nowMs, network));
  }

  #lookAtNetwork(): void {
    const network = this.#options.network?.current();
    if (network !== undefined && !sameNetwork(this.#network, network)) this.networkChanged(network);
  }

  #input(act: AgentInput): void {
    act(this.#options.agent, this.#options.clock.nowMs());
    this.#drain();
  }

  #drain(): void {
    // What an action brings about at once comes out of the same loop.
    if (this.#draining) return;
    this.#draining = true;
    const { agent, onAction } = this.#options;
    try {
      for (let action = agent.poll(); action !== undefined; action = agent.poll()) {
        if (isShellAction(action)) this.#perform(action);
        else onAction(action);
      }
    } finally {
      this.#draining = false;
    }
    this.#alarm.set(agent.nextTimeoutMs());
  }

  #perform(action: ShellAction): void {
    switch (action.type) {
      case 'connect':
        void this.#link?.close(false);
        this.#link = this.#options.openLink(this.#linkEvents());
        break;
      case 'disconnect':
        this.#closing = this.#link?.close(action.goodbye);
        this.#link = undefined;
        break;
      case 'send':
        this.#link?.send(encodeUpFrame(action.frame), action.answered ? action.token : undefined);
        break;
      case 'persist':
        this.#saving = this.#save(action.state);
        break;
    }
  }

  #linkEvents(): MqttLinkEvents {
    return {
      connected: () => this.#input((agent, nowMs) => agent.onConnected(nowMs)),
      connectFailed: (failure, cause) => {
        const message = `no connection to the gateway: ${textOf(cause)}`;
        this.#options.onWarning({ code: 'connect-failed', message, cause });
        this.#input((agent, nowMs) => agent.onConnectFailed(nowMs, failure));
      },
      disconnected: (end) => this.#input((agent, nowMs) => agent.onDisconnected(nowMs, end)),
      frame: (payload, bytes) => this.#receive(payload, bytes),
      answered: (token, bytes) => this.#input((agent, nowMs) => agent.onAnswered(nowMs, token, bytes)),
    };
  }

  #receive(payload: Uint8Array, bytes: number): void {
    const decoded = decodeDownFrame(payload);
    if (decoded.ok) {
      this.#input((agent, nowMs) => agent.onFrame(nowMs, decoded.frame, bytes));
    } else {
      const message = `the gateway sent a frame that is none: ${decoded.error.message}`;
      this.#options.onWarning({ code: 'malformed-frame', message });
      this.#input((agent, nowMs) => agent.onMalformed(nowMs));
    }
  }

  async #save(state: DeviceAgentState): Promise<void> {
    await this.#options.save(state);
    this.#saving = undefined;
    this.#input((agent, nowMs) => agent.onPersisted(nowMs));
  }
}

function isShellAction(action: DeviceAgentAction): action is ShellAction {
  return ['connect', 'disconnect', 'send', 'persist'].includes(action.type);
}
