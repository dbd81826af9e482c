import type { DeviceAgentState, DeviceStatus } from '../core/device-agent/actions.js';
import { DeviceAgent } from '../core/device-agent/device-agent.js';
import type { DevicePresence, Power, RejectionCode, Urgency } from '../core/frames.js';
import { AdaptiveController } from '../core/heartbeat/adaptive.js';
import { alarmWindowsProblem, type AlarmWindow } from '../core/heartbeat/alarm-windows.js';
import { limits } from '../core/limits.js';
import { AgentShell } from './agent-shell.js';
import type { AgentInput, OutwardAction } from './agent-shell.js';
import { applicationServerKey } from './application-server-key.js';
import { browserNetwork, hasBrowserNetwork } from './browser-network.js';
import { systemClock, systemTimer } from './clock.js';
import type { Clock, Timer } from './clock.js';
import { Dispatcher } from './dispatcher.js';
import type { AppHandlers, Undecryptable } from './dispatcher.js';
import { badOption, DeviceError, rejectionTexts } from './errors.js';
import type { GatewayUrl } from './gateway-url.js';
import { Listeners } from './listeners.js';
import { MqttLink } from './mqtt-link.js';
import type { DeviceNetwork } from './network.js';
import { checkAppName, checkOptions } from './options.js';
import type { AppOptions, DeviceOptions } from './options.js';
import { KeyRing } from './push-keys.js';
import { Registrations, removedError } from './registrations.js';
import type { AppRegistration } from './registrations.js';
import { StateKeeper } from './state-keeper.js';
import { parseState } from './storage.js';
import type { StoredState } from './storage.js';
import { Waiting } from './waiting.js';
import { textOf } from './warnings.js';
import type { DeviceWarning } from './warnings.js';

export interface DeviceEvents {
  readonly status: DeviceStatus;
  readonly registered: AppRegistration;
  readonly 'registration-failed': { readonly app: string; readonly error: DeviceError };
  /** Its handler failed again and again: the notification was given up and does not come again. */
  readonly abandoned: { readonly app: string; readonly id: number };
  /**
   * The user handled these on another device: what shows them here is to go. It may be told twice, and of a notification
   * that was never delivered here.
   */
  readonly clear: { readonly app: string; readonly ids: readonly number[] };
  /** It was encrypted for keys that are not there, or damaged: it was given up. Without a listener it is a warning. */
  readonly undecryptable: Undecryptable;
  /** Without a listener, warnings go to `console.warn`. */
  readonly warning: DeviceWarning;
}

/** One app on a device. */
export interface DeviceApp {
  readonly name: string;
  /**
   * Resolves when the gateway knows the app, which it may from before, and its keys are made and stored.
   * Rejects with 'registration-rejected', 'app-removed' or 'stopped'.
   */
  registered(): Promise<AppRegistration>;
  /** `Device.send` for this app. */
  send(data: Uint8Array | string): Promise<void>;
  /** `Device.handled` for this app. */
  handled(id: number): void;
  /**
   * The plaintext of an encrypted payload, for an app that gets the raw bytes. Rejects with 'no-keys',
   * 'ciphertext-too-short', 'bad-record-size', 'bad-sender-key', 'decryption-failed' or 'bad-padding'.
   */
  decrypt(body: Uint8Array): Promise<Uint8Array>;
  /** `Device.remove` for this app. */
  remove(): void;
}

/**
 * A phone or desktop at its gateway: one link for all its apps. Attach handlers with `app`, then `start`;
 * from then on it connects, beats and comes back by itself until `stop`.
 */
export class Device {
  readonly #options: DeviceOptions;
  readonly #url: GatewayUrl;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #dispatcher: Dispatcher;
  readonly #listeners = new Listeners<DeviceEvents>();
  readonly #apps = new Map<string, Uint8Array | undefined>();
  readonly #keys = new KeyRing({ onWarning: (warning) => this.#warn(warning) });
  readonly #registrations: Registrations;
  readonly #awaitedMessages = new Waiting<number, undefined>();
  /** What was asked for while there is no agent yet; of each kind the last. */
  readonly #wishes = new Map<string, AgentInput>();
  #shell: AgentShell | undefined;
  #keeper: StateKeeper | undefined;
  #starting: Promise<void> | undefined;
  #status: DeviceStatus = { state: 'stopped', reason: 'asked' };

  /** Throws a `DeviceError` 'bad-option'. */
  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#url = checkOptions(options);
    this.#clock = options.clock ?? systemClock();
    this.#timer = options.timer ?? systemTimer;
    this.#dispatcher = new Dispatcher({
      timer: this.#timer,
      decrypt: (app, body) => this.#keys.decrypt(app, body),
      onUndecryptable: (event) => this.#undecryptable(event),
      onHandled: (id, handled) => this.#shell?.ask((agent, nowMs) => agent.onHandled(nowMs, id, handled)),
      onHandledByUser: (app, id) => this.handled(app, id),
      onWarning: (warning) => this.#warn(warning),
    });
    this.#registrations = new Registrations({
      keys: this.#keys,
      save: async () => this.#keeper?.save(),
      onRegistered: (registration) => this.#listeners.emit('registered', registration),
      onKeysFailed: (app, error) => this.#warn({
        code: 'keys-not-made', message: `no keys could be made for "${app}": ${textOf(error)}`, cause: error,
      }),
    });
  }

  get status(): DeviceStatus {
    return this.#status;
  }

  /** Every app that the gateway knows on this device, those without handlers included. */
  get registrations(): readonly AppRegistration[] {
    return this.#registrations.all;
  }

  /** When the device wants to act next, in milliseconds since the epoch; Infinity when it waits for others only. */
  get nextWakeMs(): number {
    return this.#shell?.nextWakeMs ?? Infinity;
  }

  /** The result removes the listener. */
  on<Name extends keyof DeviceEvents>(name: Name, listener: (event: DeviceEvents[Name]) => void): () => void {
    return this.#listeners.add(name, listener);
  }

  /**
   * Reads what is stored and begins to connect; does not wait for the network, which may be hours away: see `status`.
   * Also brings back a device that was stopped. Rejects with 'already-started', or as its storage does.
   */
  async start(): Promise<void> {
    if (this.#starting !== undefined || this.#status.state !== 'stopped') {
      throw new DeviceError({ code: 'already-started', message: 'the device was started already' });
    }
    this.#starting = this.#start();
    try {
      await this.#starting;
    } finally {
      this.#starting = undefined;
    }
  }

  /**
   * Says goodbye, so that the user is offline at once, and resolves when all is stored and closed.
   * Handlers that run go on.
   */
  async stop(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    await this.#shell?.stop();
    await this.#registrations.settled();
    await this.#keeper?.settled();
  }

  /**
   * Attaches an app's handlers, or replaces them, and registers the app with the gateway. Nothing is delivered to an app
   * before: call it for every app at each start of the program, or `remove` the app.
   */
  app(name: string, handlers: AppHandlers, options: AppOptions = {}): DeviceApp {
    checkAppName(name);
    const key = applicationServerKey(options);
    this.#apps.set(name, key);
    this.#wishes.delete(removalOf(name));
    this.#registrations.asked(name);
    this.#dispatcher.attach(name, handlers, options);
    this.#shell?.ask((agent, nowMs) => agent.register(nowMs, name, key));
    return {
      name,
      registered: () => this.#registered(name),
      send: (data) => this.send(name, data),
      handled: (id) => this.handled(name, id),
      decrypt: (body) => this.#keys.decrypt(name, body),
      remove: () => this.remove(name),
    };
  }

  /** Takes the app off the gateway: its endpoint and keys end, and what waits for it goes. */
  remove(app: string): void {
    this.#apps.delete(app);
    this.#registrations.removed(app);
    this.#dispatcher.detach(app);
    this.#wish(removalOf(app), (agent, nowMs) => agent.remove(nowMs, app));
  }

  /**
   * Sends to the app's server; text goes as UTF-8. Resolves when the gateway has it durably, which takes as long as the
   * network does; until then it is kept and tried again. Rejects with 'queue-full', 'too-large', 'unknown-app',
   * 'message-rejected', 'not-started' or 'stopped'.
   */
  async send(app: string, data: Uint8Array | string): Promise<void> {
    if (this.#shell === undefined) throw notStarted();
    if (this.#status.state === 'stopped') throw stopped(this.#status.reason);
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data.slice();
    let sent: Promise<undefined> | undefined;
    this.#shell.ask((agent, nowMs) => {
      const result = agent.sendMessage(nowMs, app, bytes);
      if (!result.ok) throw sendError(result.code, app, bytes.length);
      sent = this.#awaitedMessages.wait(result.id);
    });
    await sent;
  }

  /**
   * The user opened, answered or dismissed this notification of the app: it goes from their other devices, where 'clear'
   * tells it. Kept until the gateway has it, also over a restart. Throws 'bad-option', 'not-started' or 'unknown-app'.
   */
  handled(app: string, id: number): void {
    if (!(Number.isInteger(id) && id >= 1 && id <= 0xffff_ffff)) throw badOption(`${id} is not the id of a notification`);
    if (this.#shell === undefined) throw notStarted();
    this.#shell.ask((agent, nowMs) => {
      if (!agent.reportHandled(nowMs, app, id)) throw unknownApp(app);
    });
  }

  /** Whether the user is at the device; presence of the user as a whole is made of all devices. */
  setPresence(presence: DevicePresence): void {
    this.#wish('presence', (agent, nowMs) => agent.setPresence(nowMs, presence));
  }

  setPower(power: Power): void {
    this.#wish('power', (agent, nowMs) => agent.setPower(nowMs, power));
  }

  /** Nothing below it is delivered until it is lowered; the gateway keeps what waits, for its time to live. */
  setMinimumUrgency(urgency: Urgency): void {
    this.#wish('minimum urgency', (agent, nowMs) => agent.setMinimumUrgency(nowMs, urgency));
  }

  /** Whether an app of this device is on the screen. */
  setForeground(foreground: boolean): void {
    this.#wish('foreground', (agent, nowMs) => agent.setForeground(nowMs, foreground));
  }

  /** The network is another, or gone: for whoever knows it better than `DeviceOptions.network`. */
  networkChanged(network: DeviceNetwork): void {
    if (this.#shell !== undefined) this.#shell.networkChanged(network);
    else this.#wish('network', (agent, nowMs) => agent.onNetworkChanged(nowMs, network));
  }

  /** The radio is on for somebody else's traffic: a heartbeat that is due soon goes along for next to nothing. */
  radioOn(): void {
    this.#shell?.ask((agent, nowMs) => agent.onRadioOn(nowMs));
  }

  /**
   * The system lets an alarm of this program ring in these windows only (milliseconds since the epoch, ascending and apart);
   * none: at any time. Call it when that changes, and after each alarm that used up a quota. Throws 'bad-option'.
   */
  setAlarmWindows(windows: readonly AlarmWindow[]): void {
    const problem = alarmWindowsProblem(windows);
    if (problem !== undefined) throw badOption(problem);
    const kept = windows.map((window) => ({ ...window }));
    this.#wish('alarm windows', (agent, nowMs) => agent.onAlarmWindows(nowMs, kept));
  }

  /** The process was suspended and goes on, or an alarm for `nextWakeMs` rang: what is due is done. */
  wake(): void {
    this.#shell?.wake();
  }

  async #start(): Promise<void> {
    if (this.#shell === undefined) {
      const stored = await this.#load();
      await this.#keys.load(stored?.keys ?? []);
      const shell = this.#makeShell(stored?.state);
      for (const app of stored?.state.apps ?? []) {
        if (this.#wishes.has(removalOf(app.app))) this.#keys.forget(app.app);
        else this.#registrations.confirmed(app);
      }
      await this.#registrations.settled();
      this.#shell = shell;
      for (const wish of this.#wishes.values()) this.#shell.ask(wish);
      this.#wishes.clear();
      for (const [name, key] of this.#apps) this.#shell.ask((agent, nowMs) => agent.register(nowMs, name, key));
    }
    this.#shell.start();
  }

  /** What a damaged text held is lost to this device, but the gateway still has what was not acknowledged. */
  async #load(): Promise<Extract<StoredState, { readonly ok: true }> | undefined> {
    const { storage, id } = this.#options;
    const text = await storage?.load();
    if (text === undefined) return undefined;
    const stored = parseState(id, text);
    if (stored.ok) return stored;
    const aside = await storage?.setAside?.();
    const fate = aside === undefined ? 'It will be replaced' : `It was moved to ${aside}`;
    this.#warn({
      code: 'state-damaged',
      message: `the stored state is of no use: ${stored.reason}. ${fate}; notifications handled before may come again, and apps get new keys`,
    });
    return undefined;
  }

  #makeShell(state: DeviceAgentState | undefined): AgentShell {
    const { id, token, ca, storage, answerWaitMs, reconnect } = this.#options;
    const heartbeat = this.#options.heartbeat ?? ((memory: unknown) => new AdaptiveController({ memory }));
    const agent = new DeviceAgent({
      nowMs: this.#clock.nowMs(),
      random: this.#options.random ?? { next: Math.random },
      heartbeat: heartbeat(state?.heartbeat),
      ...(state === undefined ? {} : { state }),
      ...(answerWaitMs === undefined ? {} : { answerWaitMs }),
      ...(reconnect === undefined ? {} : { reconnect }),
    });
    const keeper = new StateKeeper({
      device: id, storage, state: () => agent.state(), keys: () => this.#keys.stored(),
      onWarning: (warning) => this.#warn(warning),
    });
    this.#keeper = keeper;
    return new AgentShell({
      agent,
      clock: this.#clock,
      timer: this.#timer,
      network: this.#options.network ?? (hasBrowserNetwork() ? browserNetwork() : undefined),
      openLink: (events) => new MqttLink({
        url: this.#url, id, token, timer: this.#timer, events, ...(ca === undefined ? {} : { ca }),
      }),
      save: (kept) => keeper.saveState(kept),
      onAction: (action) => this.#act(action),
      onWarning: (warning) => this.#warn(warning),
    });
  }

  #act(action: OutwardAction): void {
    switch (action.type) {
      case 'deliver':
        this.#dispatcher.deliver(action);
        break;
      case 'abandoned':
        this.#listeners.emit('abandoned', { app: action.app, id: action.id });
        break;
      case 'clear':
        this.#listeners.emit('clear', { app: action.app, ids: action.ids });
        break;
      case 'registered':
        this.#registrations.confirmed(action);
        break;
      case 'registration-failed': {
        const error = rejected('registration-rejected', action.code, `the gateway did not register "${action.app}"`);
        this.#listeners.emit('registration-failed', { app: action.app, error });
        this.#registrations.failed(action.app, error);
        break;
      }
      case 'message-sent':
        this.#awaitedMessages.resolve(action.id, undefined);
        break;
      case 'message-failed': {
        const error = rejected('message-rejected', action.code, 'the gateway did not take the message');
        this.#awaitedMessages.reject(action.id, error);
        break;
      }
      case 'status':
        this.#statusChanged(action.status);
        break;
    }
  }

  #statusChanged(status: DeviceStatus): void {
    this.#status = status;
    if (status.state === 'stopped') {
      this.#awaitedMessages.rejectAll(stopped(status.reason));
      this.#registrations.rejectAll(stopped(status.reason));
    }
    this.#listeners.emit('status', status);
  }

  async #registered(app: string): Promise<AppRegistration> {
    const answer = this.#registrations.answerOf(app);
    if (answer instanceof DeviceError) throw answer;
    if (answer !== undefined) return answer;
    if (!this.#apps.has(app)) throw removedError(app);
    // Before the first start it waits for it; what the gateway stopped may never start again.
    const status = this.#status;
    if (status.state === 'stopped' && status.reason !== 'asked') throw stopped(status.reason);
    return this.#registrations.answer(app);
  }

  #wish(kind: string, act: AgentInput): void {
    if (this.#shell === undefined) this.#wishes.set(kind, act);
    else this.#shell.ask(act);
  }

  #undecryptable(event: Undecryptable): void {
    if (this.#listeners.emit('undecryptable', event)) return;
    const { app, error } = event;
    const message = `a notification for "${app}" could not be decrypted and was given up: ${error.message}`;
    this.#warn({ code: 'undecryptable', message, cause: error });
  }

  #warn(warning: DeviceWarning): void {
    if (!this.#listeners.emit('warning', warning)) console.warn(`lowbeat: ${warning.message}`);
  }
}

function removalOf(app: string): string {
  return `remove ${app}`;
}

function stopped(reason: Extract<DeviceStatus, { readonly state: 'stopped' }>['reason']): DeviceError {
  return new DeviceError({
    code: 'stopped',
    message: `the device is stopped (${reason}); what was sent before is kept and goes up after the next start`,
  });
}

function notStarted(): DeviceError {
  return new DeviceError({ code: 'not-started', message: 'the device was not started: call start() first' });
}

function unknownApp(app: string): DeviceError {
  return new DeviceError({ code: 'unknown-app', message: `this device has no app "${app}": call device.app("${app}", …) first` });
}

function sendError(code: 'queue-full' | 'too-large' | 'unknown-app', app: string, bytes: number): DeviceError {
  if (code === 'unknown-app') return unknownApp(app);
  const messages = {
    'queue-full': `${limits.upstreamWaiting} messages wait for the gateway already; wait until some are sent`,
    'too-large': `a message has at most ${limits.messageBytes} bytes, not ${bytes}`,
  };
  return new DeviceError({ code, message: messages[code] });
}

function rejected(
  code: 'registration-rejected' | 'message-rejected', rejection: RejectionCode, what: string,
): DeviceError {
  return new DeviceError({ code, rejection, message: `${what}: ${rejectionTexts[rejection]}` });
}
