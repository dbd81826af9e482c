// A gateway that keeps everything in memory and holds both sides to src/gateway/doors.ts: what a door may not do throws.

import type { AppId, DeviceId, NotificationId } from '../../src/core/ids.js';
import type {
  AppConnection, AppLink, DeviceConnection, DeviceLink, Gateway, Identity, PublishError, Publisher, PublishRequest, PublishResult,
} from '../../src/gateway/doors.js';

/** How a link answers the frames it gets. */
export type Answering = 'at-once' | 'on-demand';

export class FakeGateway implements Gateway {
  readonly #credentials = new Map<string, { readonly secret: string; readonly identity: Identity }>();
  readonly #devices = new Map<DeviceId, FakeDeviceLink>();
  readonly deviceLinks: FakeDeviceLink[] = [];
  readonly appLinks: FakeAppLink[] = [];
  readonly publishes: PublishRequest[] = [];
  readonly cancels: string[] = [];
  readonly errors: { readonly app: AppId; readonly subject: string; readonly error: PublishError; readonly topic: string | undefined }[] = [];
  /** Throws what the store would. */
  whileReporting: () => Promise<void> = () => Promise.resolve();
  readonly #outbox = new Map<AppId, { readonly topic: string; readonly payload: Uint8Array }[]>();
  answering: Answering = 'at-once';
  stopping = false;
  /** Runs inside `attachDevice`, before it resolves. */
  whileAttaching: (connection: DeviceConnection) => Promise<void> = () => Promise.resolve();
  /** Throws what the store would. */
  whileAuthenticating: () => Promise<void> = () => Promise.resolve();
  publishing: (request: PublishRequest) => Promise<PublishResult> = () => Promise.resolve({ ok: true, duplicate: false });

  addDevice(name = 'dev_00000000000000000000000001', secret = 'token'): DeviceId {
    const device = name as DeviceId;
    this.#credentials.set(name, { secret, identity: { kind: 'device', device } });
    return device;
  }

  addApp(name = 'app_00000000000000000000000001', secret = 'secret'): AppId {
    const app = name as AppId;
    this.#credentials.set(name, { secret, identity: { kind: 'app', app } });
    return app;
  }

  /** The link of the device's newest connection. */
  link(index = -1): FakeDeviceLink {
    const link = this.deviceLinks.at(index);
    if (link === undefined) throw new Error('no device is attached');
    return link;
  }

  appLink(index = -1): FakeAppLink {
    const link = this.appLinks.at(index);
    if (link === undefined) throw new Error('no app is attached');
    return link;
  }

  async authenticate(username: string, password: Uint8Array): Promise<Identity | undefined> {
    await this.whileAuthenticating();
    const known = this.#credentials.get(username);
    return known !== undefined && Buffer.from(password).toString() === known.secret ? known.identity : undefined;
  }

  async attachDevice(device: DeviceId, connection: DeviceConnection): Promise<DeviceLink | undefined> {
    await this.whileAttaching(connection);
    if (this.stopping) return undefined;
    const link = new FakeDeviceLink(connection, this.answering);
    this.deviceLinks.push(link);
    this.#devices.get(device)?.connection.close();
    this.#devices.set(device, link);
    return link;
  }

  attachApp(app: AppId, connection: AppConnection): AppLink | undefined {
    if (this.stopping) return undefined;
    const link = new FakeAppLink(connection, () => this.#flush(app));
    this.appLinks.push(link);
    return link;
  }

  publishFor(publisher: Publisher, request: PublishRequest): void {
    void this.#noted(request, this.publishing(request)).then((result) => publisher.answered(result));
  }

  publish(request: PublishRequest): Promise<PublishResult> {
    return this.#noted(request, this.publishing(request));
  }

  async #noted(request: PublishRequest, answer: Promise<PublishResult>): Promise<PublishResult> {
    const result = await answer;
    // The bytes belong to the door again afterwards.
    if (result.ok) this.publishes.push({ ...request, data: Uint8Array.from(request.data) });
    return result;
  }

  cancel(_app: AppId, reference: string): Promise<PublishResult> {
    this.cancels.push(reference);
    return Promise.resolve({ ok: true, duplicate: false });
  }

  async reportError(app: AppId, subject: string, error: PublishError, topic?: string): Promise<void> {
    await this.whileReporting();
    this.errors.push({ app, subject, error, topic });
    this.owe(app, `error/${subject}`, JSON.stringify({ ...error, topic }));
  }

  /** Puts something into the app's outbox. */
  owe(app: AppId, topic: string, payload: string): void {
    const items = this.#outbox.get(app) ?? [];
    items.push({ topic, payload: Buffer.from(payload) });
    this.#outbox.set(app, items);
    this.#flush(app);
  }

  #flush(app: AppId): void {
    const items = this.#outbox.get(app) ?? [];
    for (const link of this.appLinks) {
      for (const item of [...items]) {
        if (link.isOver || !link.offer(item.topic, item.payload)) continue;
        items.splice(items.indexOf(item), 1);
      }
    }
  }
}

export class FakeDeviceLink implements DeviceLink {
  readonly connection: DeviceConnection;
  /** What the door told, in order. */
  readonly events: string[] = [];
  readonly frames: string[] = [];
  /** Of the frames that are not answered. */
  readonly answers: (() => void)[] = [];
  readonly #answering: Answering;
  #over = false;

  constructor(connection: DeviceConnection, answering: Answering) {
    this.connection = connection;
    this.#answering = answering;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Refuses frames that start with 0xff whole. */
  receive(frame: Uint8Array, answer: () => void): boolean {
    this.#mustBeOpen('receive');
    if (frame[0] === 0xff) {
      this.events.push('refused');
      return false;
    }
    const text = Buffer.from(frame).toString();
    this.frames.push(text);
    this.events.push(`frame ${text}`);
    if (this.#answering === 'at-once') answer();
    else this.answers.push(answer);
    return true;
  }

  alive(): void {
    this.#mustBeOpen('alive');
    this.events.push('alive');
  }

  subscribed(): void {
    this.#mustBeOpen('subscribed');
    this.events.push('subscribed');
  }

  delivered(ids: readonly NotificationId[]): void {
    this.#mustBeOpen('delivered');
    this.events.push(`delivered ${ids.join(',')}`);
  }

  writable(): void {
    this.#mustBeOpen('writable');
    this.events.push('writable');
  }

  closed(how: 'goodbye' | 'lost'): void {
    this.#mustBeOpen('closed');
    this.#over = true;
    this.events.push(`closed ${how}`);
  }

  #mustBeOpen(what: string): void {
    if (this.#over) throw new Error(`the door called ${what} after closed`);
  }
}

export class FakeAppLink implements AppLink {
  readonly connection: AppConnection;
  readonly events: string[] = [];
  readonly #onSubscribed: () => void;
  #lastToken = 0;
  #over = false;

  constructor(connection: AppConnection, onSubscribed: () => void) {
    this.connection = connection;
    this.#onSubscribed = onSubscribed;
  }

  get isOver(): boolean {
    return this.#over;
  }

  offer(topic: string, payload: Uint8Array): boolean {
    const token = this.#lastToken + 1;
    if (!this.connection.send(topic, payload, token)) return false;
    this.#lastToken = token;
    return true;
  }

  delivered(token: number): void {
    this.#mustBeOpen('delivered');
    this.events.push(`delivered ${token}`);
  }

  subscribed(): void {
    this.#mustBeOpen('subscribed');
    this.events.push('subscribed');
    this.#onSubscribed();
  }

  closed(): void {
    this.#mustBeOpen('closed');
    this.#over = true;
    this.events.push('closed');
  }

  #mustBeOpen(what: string): void {
    if (this.#over) throw new Error(`the door called ${what} after closed`);
  }
}
