// One device's link: the shell around core's LinkSession. It reads and writes, and decides nothing.

import { admits } from '../core/delivery/decision.js';
import type {
  CloseReason,
  DevicePresence,
  DownFrame,
  Handled,
  Registration,
  UpFrame,
  UpstreamMessage,
  Urgency,
} from '../core/frames.js';
import type { Alias, DeviceId, NotificationId, UserId } from '../core/ids.js';
import { joined, without } from '../core/joined.js';
import { limits } from '../core/limits.js';
import type { LinkSessionAction, WaitingNotification } from '../core/link-session/actions.js';
import { LinkSession } from '../core/link-session/link-session.js';
import type { RestingLinks } from '../core/link-session/resting-links.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import type { Metrics } from '../ports/metrics.js';
import { begun, followed, mended } from '../ports/soon.js';
import type { Soon } from '../ports/soon.js';
import type { AcknowledgeRequest, Asker, NotificationRecord, Store, TouchedSenders } from '../ports/store.js';
import { decodeUpFrame, encodeDownFrame } from '../wire/link-codec.js';
import type { LinkFacts } from './link-facts.js';
import type { Order } from './delivery-queue.js';
import type { DeviceRequests } from './device-requests.js';
import type { Directory, UserView } from './directory.js';
import type { DeviceConnection, DeviceLink } from './doors.js';
import type { Fleet } from './fleet.js';
import { FrameAnswer } from './frame-answer.js';
import type { DevicePresences } from './presence/device-presences.js';
import type { Quiet } from './presence/quiet.js';
import type { Sight } from './presence/sight.js';
import type { StoreHealth } from './store-health.js';
import { Alarm, Timed } from './timer-wheel.js';
import type { Deadlines } from './timer-wheel.js';

/** What all sessions share. */
export interface SessionSurroundings {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly deadlines: Deadlines;
  readonly directory: Directory;
  readonly health: StoreHealth;
  readonly requests: DeviceRequests;
  readonly presences: DevicePresences;
  readonly sight: Sight;
  readonly quiet: Quiet;
  readonly fleet: Fleet;
  /** Longest an admitted, unhurried notification is held. */
  readonly holdMs: number;
  readonly resting: RestingLinks;
  readonly wakeSenders: (senders: TouchedSenders) => void;
  /** Some of what waited for the session's device was withdrawn. */
  readonly withdrawn: (session: DeviceSession) => void;
  /** The user of these handled something elsewhere. */
  readonly handledElsewhere: (devices: readonly DeviceId[]) => void;
  /** The session's connection is gone. */
  readonly disconnected: (session: DeviceSession) => void;
  /** Nothing will come from the session any more. */
  readonly ended: (session: DeviceSession) => void;
  /** The store refused something; `retry` is to be called when it may take it. */
  readonly retryLater: (session: DeviceSession) => void;
}

export interface DeviceSessionOptions {
  readonly device: DeviceId;
  readonly user: UserId;
  readonly minimumUrgency: Urgency;
  readonly connection: DeviceConnection;
  /** How many were foretold in the gateway before this session. */
  readonly foretold: number;
  readonly surroundings: SessionSurroundings;
}

type Load = Extract<LinkSessionAction, { readonly type: 'load' }>;

/** Store operations of one link that wait for a store that refused them. */
const mostRetries = 64;

/** A device stays away when what it says cannot be kept: about as long as it waits to offer a message again. */
const storePauseSeconds = 60;

/** One whose way from being accepted to being acknowledged is measured. */
interface SentNotification {
  readonly id: NotificationId;
  readonly acceptedAtMs: number;
}

const nothingSent: readonly SentNotification[] = [];
const noIds: readonly NotificationId[] = [];
const noAliases: ReadonlySet<Alias> = new Set();

export class DeviceSession extends Timed implements DeviceLink {
  readonly device: DeviceId;
  readonly user: UserId;
  /** Its client subscribed and registers nothing itself. */
  plain = false;
  readonly #around: SessionSurroundings;
  /** Undefined while the link is idle and caught up. */
  #session: LinkSession | undefined;
  /** Then: where what is left of it rests. */
  #place = 0;
  #connection: DeviceConnection | undefined;
  #minimumUrgency: Urgency;
  /** A newer link has its place: what it says of the device is no longer of interest. */
  #replaced = false;
  #performing = false;
  /** Of apps that do not ring as far as was looked, and when to look again. */
  #quietAliases: ReadonlySet<Alias> = noAliases;
  #quietEnd: Alarm | undefined;
  /** As the device was last told. */
  #freshnessSeconds = 0;
  readonly #linkedSinceMs: number;
  /** Nothing goes ahead until all that was foretold up to there is settled. */
  #foretoldAfter: number;
  #heartbeats = 0;
  #flowSeconds: number | undefined;

  // Only while there is something to keep: an idle link has none of these.
  #answer: FrameAnswer | undefined;
  #incoming: readonly WaitingNotification[] | undefined;
  /** Of those that were sent as they came, until they are acknowledged. */
  #sent: readonly SentNotification[] = nothingSent;
  #acknowledging = 0;
  #deferredLoad: Load | undefined;
  #clearing: Promise<void> | undefined;
  #retries: (() => Soon<void>)[] | undefined;

  constructor(options: DeviceSessionOptions) {
    super();
    this.device = options.device;
    this.user = options.user;
    this.#around = options.surroundings;
    this.#connection = options.connection;
    this.#foretoldAfter = options.foretold;
    this.#minimumUrgency = options.minimumUrgency;
    this.#linkedSinceMs = this.#nowMs();
    this.#session = new LinkSession({
      nowMs: this.#linkedSinceMs, minimumUrgency: options.minimumUrgency, holdMs: this.#around.holdMs,
    });
  }

  /** The session's first wishes; once it is in its place. */
  start(): void {
    this.#perform();
  }

  get linked(): boolean {
    // Only one that is linked comes to rest.
    return this.#session?.linked ?? true;
  }

  /** For the user's own eyes. */
  get facts(): LinkFacts {
    const session = this.#awake();
    const heartbeat = session.lastHeartbeat;
    const facts = {
      linkedSinceMs: this.#linkedSinceMs,
      lastLifeAtMs: session.lastLifeAtMs,
      promisedUntilMs: session.leaseUntilMs(),
      heartbeats: this.#heartbeats,
      ...(heartbeat !== undefined && { heartbeat }),
      ...(this.#flowSeconds !== undefined && { flowSeconds: this.#flowSeconds }),
    };
    this.#rest(session);
    return facts;
  }

  admits(urgency: Urgency): boolean {
    return this.linked && admits(this.#minimumUrgency, urgency);
  }

  // --- from the door ------------------------------------------------------------------------------

  receive(bytes: Uint8Array, answer: () => void): boolean {
    const { metrics } = this.#around;
    if (!this.linked) return false;
    metrics.count('frames_received_total');
    const decoded = decodeUpFrame(bytes);
    if (!decoded.ok) {
      metrics.count('frames_malformed_total', 1, decoded.error.code);
      this.#around.log.debug({ device: this.device, error: decoded.error }, 'a frame could not be read');
      this.#awake().onMalformed(this.#nowMs());
      this.#perform();
      return false;
    }
    const { frame } = decoded;
    if (frame.heartbeat !== undefined) {
      metrics.count('heartbeats_total');
      this.#heartbeats += 1;
    }
    if (frame.registrations !== undefined) this.plain = false;
    const session = this.#awake();
    session.onFrame(this.#nowMs(), frame);
    // The session took the frame for one too many: nothing in it was done, so nothing is answered.
    const taken = session.linked;
    this.#answer = taken && needsStore(frame) ? new FrameAnswer(answer) : undefined;
    const waiting = this.#answer;
    this.#perform();
    this.#answer = undefined;
    if (waiting !== undefined) waiting.release();
    else if (taken) answer();
    return taken;
  }

  alive(): void {
    this.#awake().onAlive(this.#nowMs());
    this.#perform();
  }

  subscribed(): void {
    this.plain = true;
    void this.#keep(() => this.#around.requests.registerGranted(this));
  }

  delivered(ids: readonly NotificationId[]): void {
    this.#awake().onDelivered(this.#nowMs(), ids);
    this.#perform();
  }

  writable(): void {
    this.#awake().onWritable(this.#nowMs());
    this.#perform();
  }

  closed(how: 'goodbye' | 'lost'): void {
    if (this.#connection === undefined) return;
    this.#connection = undefined;
    if (this.linked) this.#around.metrics.count('links_closed_total', 1, how);
    this.#around.disconnected(this);
    this.#awake().onDisconnected(this.#nowMs(), how);
    this.#perform();
  }

  // --- from the gateway ---------------------------------------------------------------------------

  /**
   * One that will be stored, `place` among all of the gateway that were; `settled` of them are by now, or came to nothing. `mayGo`: it may go
   * down before it is stored. What may not, or does not, holds up those behind it.
   */
  foretold(notification: NotificationRecord, mayGo: boolean, { place, settled }: Order): void {
    if (mayGo && this.linked && settled >= this.#foretoldAfter) {
      this.#incoming = [notification];
      const went = this.#awake().onForetold(this.#nowMs(), notification);
      this.#perform();
      if (went) return;
    }
    this.#foretoldAfter = place;
  }

  /** One that was foretold is not kept. */
  notStored(id: NotificationId): void {
    this.#awake().onNotStored(this.#nowMs(), id);
    this.#perform();
  }

  stored(notification: NotificationRecord): void {
    this.#hush(notification);
    this.#incoming = [notification];
    this.#awake().onStored(this.#nowMs(), notification);
    this.#perform();
  }

  withdrawn(): void {
    this.#awake().onWithdrawn(this.#nowMs());
    this.#perform();
  }

  /** There may be something to be cleared here. */
  handledElsewhere(): void {
    this.#awake().onHandledElsewhere();
    this.#perform();
  }

  /** Within how many seconds somebody entitled wants a sign of life; 0: nobody watches. */
  watched(freshnessSeconds: number): void {
    // What was never said is that nobody does.
    if (this.#freshnessSeconds === freshnessSeconds) return;
    this.#freshnessSeconds = freshnessSeconds;
    this.#awake().onAdvice(this.#nowMs(), { freshnessSeconds });
    this.#perform();
  }

  close(reason: CloseReason, notBeforeSeconds = 0): void {
    if (reason === 'taken-over') this.#replaced = true;
    this.#awake().onClose(this.#nowMs(), reason, notBeforeSeconds);
    this.#perform();
  }

  /** The store may take again what it refused. */
  async retry(): Promise<void> {
    const retries = this.#retries ?? [];
    // Not undefined: until all of them were tried, nothing is to be read.
    this.#retries = [];
    for (const run of retries) await this.#keep(run);
    if (this.#retries.length === 0) this.#retries = undefined;
    this.#loadDeferred();
  }

  override onDue(nowMs: number): void {
    this.#awake().onTimeout(nowMs);
    this.#perform();
  }

  // --- what the session wants -----------------------------------------------------------------------

  #perform(): void {
    // An action may bring the door to call back: that is taken up by the loop that runs already.
    if (this.#performing) return;
    this.#performing = true;
    const session = this.#awake();
    try {
      for (let action = session.poll(); action !== undefined; action = session.poll()) this.#do(action);
    } catch (error) {
      this.#around.log.error({ device: this.device, error }, 'a link failed; it is closed');
      this.#connection?.close();
    } finally {
      this.#performing = false;
      this.#incoming = undefined;
    }
    if (session.over) {
      this.#around.deadlines.clear(this);
      if (this.#quietEnd !== undefined) this.#around.deadlines.clear(this.#quietEnd);
      this.#around.ended(this);
    } else {
      this.#around.deadlines.set(this, session.nextTimeoutMs());
      this.#rest(session);
    }
  }

  #awake(): LinkSession {
    this.#session ??= LinkSession.woken(this.#around.resting.take(this.#place), this.#around.holdMs);
    return this.#session;
  }

  /** An idle link keeps numbers only. */
  #rest(session: LinkSession): void {
    if (this.#performing) return;
    const resting = session.rest();
    if (resting === undefined) return;
    this.#place = this.#around.resting.put(resting);
    this.#session = undefined;
  }

  #do(action: LinkSessionAction): void {
    switch (action.type) {
      case 'send':
        this.#send(action.frame);
        break;
      case 'load':
        this.#load(action);
        break;
      case 'acknowledge':
        this.#acknowledge(action.ids);
        break;
      case 'register':
        this.#before(() => this.#register(action.registration));
        break;
      case 'upstream':
        this.#before(() => this.#upstream(action.message));
        break;
      case 'remove':
        this.#before(() => this.#keep(() => this.#remove(action.alias)));
        break;
      case 'handled':
        this.#handled(action.handled);
        break;
      case 'clears':
        this.#inTurn(() => this.#readClears());
        break;
      case 'cleared':
        this.#inTurn(() => this.#around.store.cleared(this.device, action.ids));
        break;
      case 'minimum-urgency':
        this.#minimumUrgency = action.urgency;
        this.#before(() => this.#keep(() => this.#setMinimumUrgency()));
        break;
      case 'network':
        void this.#hearOfNetwork(action.key, action.flowSeconds);
        break;
      case 'presence':
        this.#tell(action.presence);
        break;
      case 'close':
        this.#around.metrics.count('links_closed_total', 1, action.reason);
        this.#connection?.close();
        break;
    }
  }

  async #hearOfNetwork(key: Uint8Array, flowSeconds: number | undefined): Promise<void> {
    this.#flowSeconds = flowSeconds;
    const fleet = await this.#around.fleet.heard(this.device, key, flowSeconds);
    if (fleet === undefined) return;
    this.#awake().onAdvice(this.#nowMs(), { fleet });
    this.#perform();
  }

  #send(frame: DownFrame): void {
    if (this.#connection === undefined) return;
    const carries = frame.notifications?.map(({ id }) => id) ?? noIds;
    if (carries.length > 0) this.#noteSent(carries);
    if (!this.#connection.send(encodeDownFrame(frame), carries)) this.#awake().onBlocked(this.#nowMs());
  }

  #noteSent(ids: readonly NotificationId[]): void {
    this.#around.metrics.count('notifications_sent_total', ids.length);
    for (const id of ids) {
      const incoming = this.#incoming?.find((notification) => notification.id === id);
      if (incoming === undefined || this.#sent.length >= limits.inFlight) continue;
      this.#sent = joined(this.#sent, { id, acceptedAtMs: incoming.acceptedAtMs });
    }
  }

  #load(load: Load): void {
    // What was acknowledged must be gone from what is read.
    if (this.#acknowledging > 0 || this.#retries !== undefined) {
      this.#deferredLoad = load;
      return;
    }
    const loaded = followed(this.#waiting(load), (waiting) => {
      this.#incoming = waiting;
      this.#awake().onLoaded(this.#nowMs(), waiting, waiting.length < load.limit);
      this.#perform();
    });
    void mended(loaded, (error) => {
      this.#around.health.failed(error);
      this.#deferredLoad = load;
      this.#around.retryLater(this);
    });
  }

  /** What waits, once it is known which of its apps do not ring. */
  #waiting({ afterId, limit }: Load): Soon<readonly NotificationRecord[]> {
    const waiting = this.#around.store.waiting(this.device, afterId, limit);
    return followed(waiting, (some) => (some.length === 0 ? some : this.#withQuiet(some)));
  }

  async #withQuiet(waiting: readonly NotificationRecord[]): Promise<readonly NotificationRecord[]> {
    const { directory, quiet, clock } = this.#around;
    const view = directory.peek(this.user) ?? await directory.view(this.user);
    if (!view.hasQuiet && this.#quietEnd === undefined) return waiting;
    const aliases = new Set<Alias>();
    let untilMs = Infinity;
    // Of all apps: what waits before this page may be of another.
    for (const subscription of view.subscriptionsOf(this.device)) {
      const quietUntilMs = await quiet.of(view, subscription);
      if (quietUntilMs === undefined) continue;
      aliases.add(subscription.alias);
      untilMs = Math.min(untilMs, quietUntilMs);
    }
    this.#setQuiet(aliases, untilMs, clock.nowMs());
    return waiting;
  }

  /** Sees to it that what is of an app that does not ring is not taken for delivery. */
  #hush({ alias }: NotificationRecord): void {
    const { directory, quiet, clock } = this.#around;
    const view = directory.peek(this.user);
    if (view?.hasQuiet === false) return;
    const subscription = view?.subscriptionOf(this.device, alias);
    const untilMs = view !== undefined && subscription !== undefined ? quiet.peek(view, subscription) : 'unknown';
    if (untilMs === undefined) return;
    // What is not known is held and looked up with the next tick.
    const nowMs = clock.nowMs();
    this.#setQuiet(new Set([...this.#quietAliases, alias]), untilMs === 'unknown' ? nowMs : untilMs, nowMs);
  }

  #setQuiet(aliases: ReadonlySet<Alias>, untilMs: number, nowMs: number): void {
    this.#quietAliases = aliases;
    this.#awake().onQuiet(nowMs, aliases);
    if (aliases.size > 0) {
      this.#quietEnd ??= new Alarm(() => this.quietOver());
      this.#around.deadlines.set(this.#quietEnd, Math.min(this.#quietEnd.dueMs, untilMs));
    } else if (this.#quietEnd !== undefined) {
      this.#around.deadlines.clear(this.#quietEnd);
      this.#quietEnd = undefined;
    }
  }

  /** Apps that did not ring may do so again. */
  quietOver(): void {
    if (this.#quietEnd === undefined) return;
    this.#around.deadlines.clear(this.#quietEnd);
    this.#awake().onQuietOver(this.#nowMs());
    this.#perform();
  }

  #loadDeferred(): void {
    const load = this.#deferredLoad;
    this.#deferredLoad = undefined;
    if (load !== undefined) this.#load(load);
  }

  #acknowledge(ids: readonly NotificationId[]): void {
    this.#countAcknowledged(ids);
    this.#acknowledging += 1;
    const { directory, store } = this.#around;
    const known = directory.peek(this.user);
    const acknowledgement = new Acknowledgement(this, ids);
    if (known?.live === true) store.acknowledgeFor(acknowledgement, this.#removal(ids, known));
    else this.#removeLater(ids).then((senders) => acknowledgement.succeeded(senders), (error: unknown) => acknowledgement.failed(error));
  }

  /** They are removed from the store. */
  removed(senders: TouchedSenders): void {
    this.#around.wakeSenders(senders);
    this.#acknowledged();
  }

  /** The store could not remove them. */
  notRemoved(ids: readonly NotificationId[], error: unknown): void {
    this.#keepForRetry(error, async () => this.#around.wakeSenders(await this.#removeLater(ids)));
    this.#acknowledged();
  }

  #acknowledged(): void {
    this.#acknowledging -= 1;
    this.#loadDeferred();
  }

  async #removeLater(ids: readonly NotificationId[]): Promise<TouchedSenders> {
    const view = await this.#liveView();
    return this.#around.store.acknowledge(this.#removal(ids, view));
  }

  #removal(ids: readonly NotificationId[], view: UserView): AcknowledgeRequest {
    return { device: this.device, ids, nowMs: this.#nowMs(), hiddenUids: this.#around.sight.hiddenUids(view) };
  }

  async #liveView(): Promise<UserView> {
    for (;;) {
      const view = await this.#around.directory.view(this.user);
      if (view.live) return view;
    }
  }

  #countAcknowledged(ids: readonly NotificationId[]): void {
    const { metrics } = this.#around;
    metrics.count('notifications_acknowledged_total', ids.length);
    for (const id of ids) {
      const sent = this.#sent.find((one) => one.id === id);
      if (sent === undefined) continue;
      metrics.observe('delivery_seconds', Math.max(0, this.#nowMs() - sent.acceptedAtMs) / 1000);
      this.#sent = without(this.#sent, sent);
    }
  }

  async #register(registration: Registration): Promise<void> {
    const answer = await this.#around.requests.register(this, registration);
    if ('rejected' in answer) {
      this.#awake().onRejected(this.#nowMs(), answer.rejected);
    } else {
      this.#awake().onRegistered(this.#nowMs(), answer.confirmed);
      if (answer.replaced) this.#around.withdrawn(this);
    }
    this.#perform();
  }

  async #upstream(message: UpstreamMessage): Promise<void> {
    const rejection = await this.#around.requests.upstream(this, message);
    if (rejection === undefined) return;
    this.#awake().onRejected(this.#nowMs(), rejection);
    this.#perform();
  }

  async #remove(alias: Alias): Promise<void> {
    await this.#around.requests.remove(this, alias);
    this.#around.withdrawn(this);
  }

  /** The frame gets no answer when this could not be kept: the device says it again on its next link. */
  #handled(handled: readonly Handled[]): void {
    const answer = this.#answer;
    answer?.hold();
    const { requests, health, handledElsewhere } = this.#around;
    requests.handled(this, handled).then((devices) => {
      handledElsewhere(devices);
      answer?.release();
    }).catch((error: unknown) => {
      health.failed(error);
      this.close('store-unavailable', storePauseSeconds);
    });
  }

  #readClears(): Soon<void> {
    if (!this.linked) return undefined;
    return followed(this.#around.store.clears(this.device, this.#nowMs()), (clears) => {
      this.#awake().onClears(this.#nowMs(), clears);
      this.#perform();
    });
  }

  /** Reads and changes of what is to be cleared: a read behind a change shows it. */
  #inTurn(run: () => Soon<void>): void {
    const turn = followed(this.#clearing, () => this.#keep(run));
    if (!(turn instanceof Promise)) return;
    this.#clearing = turn;
    void turn.then(() => {
      if (this.#clearing === turn) this.#clearing = undefined;
    });
  }

  async #setMinimumUrgency(): Promise<void> {
    await this.#around.store.setMinimumUrgency(this.device, this.#minimumUrgency);
  }

  #tell(presence: DevicePresence | 'offline'): void {
    if (this.#replaced) return;
    this.#around.presences.set({ device: this.device, user: this.user, presence, atMs: this.#nowMs() });
  }

  /** The frame that asked for this is answered only when `run` is done. */
  #before(run: () => Soon<void>): void {
    const answer = this.#answer;
    answer?.hold();
    Promise.resolve(begun(run))
      .catch((error: unknown) => {
        this.#around.log.error({ device: this.device, error }, 'a request of a device failed');
      })
      .finally(() => answer?.release())
      .catch((error: unknown) => {
        this.#around.log.error({ device: this.device, error }, 'a frame could not be answered');
      });
  }

  /** Runs a store operation; one that the store refuses is kept and run again when the store may take it. Never rejects. */
  #keep(run: () => Soon<void>): Soon<void> {
    return mended(begun(run), (error) => this.#keepForRetry(error, run));
  }

  #keepForRetry(error: unknown, run: () => Soon<void>): void {
    this.#around.health.failed(error);
    if ((this.#retries?.length ?? 0) >= mostRetries) return;
    this.#retries ??= [];
    this.#retries.push(run);
    this.#around.retryLater(this);
  }

  #nowMs(): number {
    return this.#around.clock.nowMs();
  }
}

function needsStore(frame: UpFrame): boolean {
  return (
    frame.registrations !== undefined ||
    frame.removals !== undefined ||
    frame.messages !== undefined ||
    frame.handled !== undefined ||
    frame.settings !== undefined
  );
}

/** Acknowledged by the device, and on the way out of the store: very many are at once. */
class Acknowledgement implements Asker<TouchedSenders> {
  readonly #session: DeviceSession;
  readonly #ids: readonly NotificationId[];

  constructor(session: DeviceSession, ids: readonly NotificationId[]) {
    this.#session = session;
    this.#ids = ids;
  }

  succeeded(senders: TouchedSenders): void {
    this.#session.removed(senders);
  }

  failed(error: unknown): void {
    this.#session.notRemoved(this.#ids, error);
  }
}
