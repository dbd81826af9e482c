import { LinkSession } from '../../src/core/link-session/link-session.js';
import { RestingLinks } from '../../src/core/link-session/resting-links.js';
import type { LinkSessionAction, WaitingNotification } from '../../src/core/link-session/actions.js';
import type { DownFrame, UpstreamMessage, Urgency } from '../../src/core/frames.js';
import { urgencies } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';
import type { Prng } from '../../src/core/prng.js';
import { decodeUpFrame, encodeDownFrame } from '../../src/wire/link-codec.js';
import type { Connection, EventLoop, Packet } from './virtual-network.js';

/** What the gateway keeps for one device; it survives a crash. */
interface Kept {
  nextId: number;
  nextAlias: number;
  minimumUrgency: Urgency;
  /** Alias by app. */
  readonly subscriptions: Map<string, number>;
  readonly waiting: Map<number, StoredNotification>;
}

export interface StoredNotification extends WaitingNotification {
  readonly app: string;
}

interface SentOnLink {
  times: number;
  readonly firstMs: number;
  lastMs: number;
  acknowledged: boolean;
}

interface Answer {
  readonly token: number | undefined;
  open: number;
}

/** One connection with its session: what the gateway's shell holds. */
interface Link {
  session: LinkSession;
  readonly connection: Connection;
  readonly epoch: number;
  readonly sent: Map<number, SentOnLink>;
  readonly answers: Answer[];
  readonly upstream: Map<number, Answer>;
  minimumUrgency: Urgency;
  timerMs: number;
  closed: boolean;
  takenOver: boolean;
  /** Nothing goes ahead until all that was called up to there is settled. */
  foretoldAfter: number;
  blocked: boolean;
  /** Blocked while what the session wanted was being done. */
  blockedMeanwhile: boolean;
  pumping: boolean;
}

/** What the invariants want to know; the device's model answers. */
export interface GatewayWitness {
  violation(what: string): void;
  /** Something that the runs must bring about now and then, or they prove little. */
  count(what: string): void;
  /** The device has kept that it handled this. */
  hasKeptHandled(id: number): boolean;
  /** It was taken out of the store, or never came into it. */
  onGone(id: number, why: 'acknowledged' | 'expired' | 'withdrawn' | 'not stored'): void;
  /** It is being stored: its sender does not know yet. */
  onCalled(record: StoredNotification): void;
  onSent(record: StoredNotification, notAdmitted: ReadonlySet<number>): void;
  onUpstream(message: UpstreamMessage, app: string): void;
  onRefused(messageId: number): void;
}

/**
 * A gateway for one device around the real `LinkSession`: a store whose writes take time, fail now and then, and are
 * lost by a crash unless they were finished, but which never gives an id again; and a shell that does nothing but what the session
 * says.
 */
export class GatewayModel {
  readonly kept: Kept = { nextId: 1, nextAlias: 1, minimumUrgency: 'very-low', subscriptions: new Map(), waiting: new Map() };
  /** Links of earlier connections live on until they are over. */
  readonly #links = new Set<Link>();
  readonly #resting = new RestingLinks();
  #current: Link | undefined;
  #epoch = 0;
  #writtenAtMs = 0;
  /** Called, and not written yet. */
  readonly #pending = new Map<number, StoredNotification>();
  /** How many were called, and of how many it is known what became of them, in the same order. */
  #called = 0;
  #settled = 0;
  up = true;
  storeUp = true;
  holdMs: number = limits.holdMs;
  /** How far the gateway's clock is ahead of the world's. */
  clockAheadMs = 0;
  presence: 'online' | 'away' | 'offline' = 'offline';
  lifeAtMs = -Infinity;
  promiseMs = 0;
  readonly closes = new Set<string>();
  framesDown = 0;
  /** Of them, those that ended a link which the device itself had replaced. */
  takenOver = 0;

  constructor(
    readonly loop: EventLoop,
    readonly random: Prng,
    readonly witness: GatewayWitness,
  ) {}

  nowMs(): number {
    return this.loop.nowMs + this.clockAheadMs;
  }

  get linked(): boolean {
    return this.#current?.session.linked === true;
  }

  // --- what happens to the gateway ---------------------------------------------------------------

  /** The process dies; its machine says so ('reset'), or it does not. */
  crash(how: 'reset' | 'vanished'): void {
    this.up = false;
    this.#epoch += 1;
    for (const link of this.#links) if (!link.closed) link.connection.leave('gateway', how);
    this.#links.clear();
    this.#current = undefined;
    for (const id of this.#pending.keys()) this.witness.onGone(id, 'not stored');
    this.#pending.clear();
    this.#settled = this.#called;
    // Nobody knows anything any more (facts/presence S6).
    this.presence = 'offline';
  }

  restart(): void {
    this.up = true;
    this.#writtenAtMs = this.loop.nowMs;
  }

  stop(notBeforeSeconds: number): void {
    for (const link of [...this.#links]) {
      link.session.onClose(this.nowMs(), 'shutting-down', notBeforeSeconds);
      this.#pump(link);
    }
    this.crash('reset');
  }

  jumpClock(byMs: number): void {
    this.clockAheadMs += byMs;
    for (const link of [...this.#links]) this.#schedule(link);
  }

  publish(app: string, urgency: Urgency, ttlMs: number, data: Uint8Array): void {
    const alias = this.kept.subscriptions.get(app);
    if (!this.up || !this.storeUp || alias === undefined) return;
    const acceptedAtMs = this.nowMs();
    const id = this.kept.nextId;
    const record: StoredNotification = {
      id, alias, app, urgency, acceptedAtMs, expiresAtMs: acceptedAtMs + ttlMs, data, missed: 0, ...(id % 3 === 0 && { encrypted: true }),
    };
    // Reserved before: neither a crash nor a write that fails brings it back.
    this.kept.nextId += 1;
    this.#pending.set(id, record);
    this.witness.onCalled(record);
    this.#foretell(record);
    const fails = this.random.next() < 0.03;
    this.#write(() => {
      this.#pending.delete(id);
      if (fails || this.kept.subscriptions.get(app) !== alias) {
        this.witness.onGone(id, 'not stored');
        this.#tell((link, nowMs) => link.session.onNotStored(nowMs, id));
      } else {
        this.kept.waiting.set(id, record);
        this.loop.after(ttlMs + 1 + this.random.next() * 5_000, () => this.#expire(id));
        this.#tell((link, nowMs) => link.session.onStored(nowMs, record));
      }
      this.#settled += 1;
    });
  }

  /** As the gateway does it: some may not go ahead, and what does not holds up those behind it. */
  #foretell(record: StoredNotification): void {
    this.#called += 1;
    const mayGo = this.random.next() < 0.8;
    this.#tell((link, nowMs) => {
      if (mayGo && this.#settled >= link.foretoldAfter && link.session.onForetold(nowMs, record)) this.witness.count('went ahead');
      else link.foretoldAfter = this.#called;
    });
  }

  cancel(id: number): void {
    if (!this.up) return;
    this.#write(() => {
      if (!this.kept.waiting.delete(id)) return;
      this.witness.onGone(id, 'withdrawn');
      this.#tell((link, nowMs) => link.session.onWithdrawn(nowMs));
    });
  }

  advise(freshnessSeconds: number): void {
    this.#tell((link, nowMs) => link.session.onAdvice(nowMs, { freshnessSeconds }));
  }

  // --- the connection ----------------------------------------------------------------------------

  accept(connection: Connection): void {
    if (!this.up) {
      connection.leave('gateway', 'reset');
      return;
    }
    connection.attach('gateway', {
      onPacket: (packet) => {
        if (packet.type === 'connect') this.#onConnect(connection);
      },
      onEnd: () => undefined,
      onBacklog: () => undefined,
    });
  }

  #onConnect(connection: Connection): void {
    if (!this.up) {
      connection.leave('gateway', 'reset');
      return;
    }
    const older = this.#current;
    if (older !== undefined) {
      older.takenOver = true;
      older.session.onClose(this.nowMs(), 'taken-over', 0);
      this.#pump(older);
    }
    const { minimumUrgency } = this.kept;
    const session = new LinkSession({ nowMs: this.nowMs(), minimumUrgency, holdMs: this.holdMs });
    const link: Link = {
      session, connection, epoch: this.#epoch, sent: new Map(), answers: [], upstream: new Map(), minimumUrgency, timerMs: NaN, closed: false,
      takenOver: false, foretoldAfter: this.#called, blocked: false, blockedMeanwhile: false, pumping: false,
    };
    this.lifeAtMs = this.nowMs();
    this.#links.add(link);
    this.#current = link;
    connection.send('gateway', { type: 'connack', code: 0 });
    connection.attach('gateway', {
      onPacket: (packet) => this.#input(link, (nowMs) => this.#onPacket(link, nowMs, packet)),
      onEnd: () => this.#input(link, (nowMs) => link.session.onDisconnected(nowMs, 'lost')),
      onBacklog: (behind) =>
        this.#input(link, (nowMs) => {
          // What the session had decided before it heard of it is still written: at most one load.
          if (behind && link.pumping) link.blockedMeanwhile = true;
          else link.blocked = behind;
          if (!behind) link.blockedMeanwhile = false;
          if (behind) link.session.onBlocked(nowMs);
          else link.session.onWritable(nowMs);
        }),
    });
    this.#pump(link);
  }

  #onPacket(link: Link, nowMs: number, packet: Packet): void {
    if (link === this.#current) this.lifeAtMs = nowMs;
    if (packet.type === 'disconnect') {
      link.connection.leave('gateway', 'closed');
      link.closed = true;
      link.session.onDisconnected(nowMs, 'goodbye');
      return;
    }
    if (packet.type !== 'publish') return;
    const decoded = decodeUpFrame(packet.bytes);
    if (!decoded.ok) {
      this.witness.violation(`the device sent a frame that cannot be read: ${decoded.error.message}`);
      return;
    }
    const { frame } = decoded;
    const answer: Answer = { token: packet.token, open: 0 };
    for (const { id } of frame.messages ?? []) {
      answer.open += 1;
      link.upstream.set(id, answer);
    }
    link.answers.push(answer);
    if (link === this.#current && frame.heartbeat !== undefined) this.promiseMs = frame.heartbeat.promiseSeconds * 1000;
    link.session.onFrame(nowMs, frame);
    this.#flushAnswers(link);
  }

  // --- the shell ---------------------------------------------------------------------------------

  #input(link: Link, act: (nowMs: number) => void): void {
    if (link.epoch !== this.#epoch) return;
    act(this.nowMs());
    this.#pump(link);
  }

  #tell(act: (link: Link, nowMs: number) => void): void {
    const link = this.#current;
    if (link !== undefined) this.#input(link, (nowMs) => act(link, nowMs));
  }

  #pump(link: Link): void {
    const outermost = !link.pumping;
    link.pumping = true;
    for (let action = link.session.poll(); action !== undefined; action = link.session.poll()) this.#act(link, action);
    if (outermost) {
      link.pumping = false;
      if (link.blockedMeanwhile) link.blocked = true;
      link.blockedMeanwhile = false;
    }
    this.#schedule(link);
    // As the gateway does with a link that is idle, whenever it can.
    const resting = outermost ? link.session.rest() : undefined;
    if (resting !== undefined) link.session = LinkSession.woken(this.#resting.take(this.#resting.put(resting)), this.holdMs);
    if (link.session.over) {
      this.#links.delete(link);
      if (this.#current === link) this.#current = undefined;
    }
  }

  #schedule(link: Link): void {
    const atMs = link.session.nextTimeoutMs();
    if (atMs - this.clockAheadMs === link.timerMs || atMs === Infinity) return;
    link.timerMs = atMs - this.clockAheadMs;
    const { timerMs } = link;
    this.loop.at(timerMs, () => {
      if (link.timerMs !== timerMs) return;
      link.timerMs = NaN;
      this.#input(link, (nowMs) => link.session.onTimeout(nowMs));
    });
  }

  #act(link: Link, action: LinkSessionAction): void {
    switch (action.type) {
      case 'send':
        this.#send(link, action.frame);
        return;
      case 'load':
        this.#read(link, action.afterId, action.limit);
        return;
      case 'acknowledge':
        for (const id of action.ids) this.#acknowledge(link, id);
        return;
      case 'register':
        this.#register(link, action.registration.request, action.registration.app);
        return;
      case 'remove':
        this.#write(() => this.#removeSubscription(action.alias));
        return;
      case 'upstream':
        this.#upstream(link, action.message);
        return;
      case 'minimum-urgency':
        link.minimumUrgency = action.urgency;
        this.#write(() => (this.kept.minimumUrgency = action.urgency));
        return;
      case 'network':
        return;
      case 'clears':
        link.session.onClears(this.nowMs(), []);
        return;
      case 'handled':
      case 'cleared':
        // One device has nothing to say of others: HandledWorld has several.
        this.witness.violation(`the session says ${action.type} of a device that said nothing of it`);
        return;
      case 'presence':
        if (link.takenOver) this.witness.violation(`a session that was taken over says ${action.presence}`);
        this.presence = action.presence;
        this.witness.count(action.presence);
        return;
      case 'close':
        this.closes.add(action.reason);
        this.witness.count(`closed with ${action.reason}`);
        link.closed = true;
        link.connection.leave('gateway', 'closed');
    }
  }

  #send(link: Link, frame: DownFrame): void {
    if (link.closed) return;
    this.framesDown += 1;
    if (frame.close?.reason === 'taken-over') this.takenOver += 1;
    if (link.blocked && frame.close === undefined) this.witness.violation('a slow reader was written to');
    for (const { id, alias } of frame.notifications ?? []) this.#checkSent(link, id, alias);
    link.connection.send('gateway', { type: 'publish', bytes: encodeDownFrame(frame) });
  }

  #checkSent(link: Link, id: number, alias: number): void {
    const nowMs = this.nowMs();
    const record = this.kept.waiting.get(id) ?? this.#pending.get(id);
    if (record === undefined) {
      this.witness.violation(`notification ${id} was sent, and is neither in the store nor on its way there`);
      return;
    }
    if (nowMs >= record.expiresAtMs) this.witness.violation(`notification ${id} was sent ${nowMs - record.expiresAtMs} ms after its TTL`);
    if (alias !== record.alias) this.witness.violation(`notification ${id} of alias ${record.alias} was sent to alias ${alias}`);
    if (!admits(link.minimumUrgency, record.urgency)) {
      this.witness.violation(`notification ${id} (${record.urgency}) was sent below the minimum ${link.minimumUrgency}`);
    }
    const sent = link.sent.get(id) ?? { times: 0, firstMs: nowMs, lastMs: -Infinity, acknowledged: false };
    if (sent.acknowledged) this.witness.violation(`notification ${id} was sent after it was acknowledged on this link`);
    if (nowMs - sent.lastMs < limits.redeliverMs) this.witness.violation(`notification ${id} was sent again after ${nowMs - sent.lastMs} ms`);
    sent.times += 1;
    sent.lastMs = nowMs;
    link.sent.set(id, sent);
    if (sent.times === 1) this.#checkOrder(link, record, nowMs);
    if (sent.times > 1) this.witness.count('sent again on one link');
    this.#checkWindow(link, record.app, nowMs);
  }

  #checkWindow(link: Link, app: string, nowMs: number): void {
    let inFlight = 0;
    let ofApp = 0;
    for (const [id, { firstMs, acknowledged }] of link.sent) {
      const record = this.kept.waiting.get(id) ?? this.#pending.get(id);
      const givenUp = nowMs >= firstMs + limits.redeliverMs * (limits.redeliveries + 1);
      if (acknowledged || givenUp || record === undefined || nowMs >= record.expiresAtMs) continue;
      inFlight += 1;
      if (record.app === app) ofApp += 1;
    }
    if (inFlight === limits.inFlight) this.witness.count('full window');
    if (ofApp === limits.inFlightPerApp) this.witness.count('full share of an app');
    if (inFlight > limits.inFlight) this.witness.violation(`${inFlight} notifications are in flight`);
    if (ofApp > limits.inFlightPerApp) this.witness.violation(`${ofApp} notifications of ${app} are in flight`);
  }

  #checkOrder(link: Link, record: StoredNotification, nowMs: number): void {
    const notAdmitted = new Set<number>();
    for (const older of [...this.kept.waiting.values(), ...this.#pending.values()]) {
      if (older.id >= record.id || older.app !== record.app || link.sent.has(older.id)) continue;
      if (nowMs < older.expiresAtMs && admits(link.minimumUrgency, older.urgency)) {
        this.witness.violation(`notification ${record.id} of ${record.app} was sent before ${older.id}`);
      }
      notAdmitted.add(older.id);
    }
    this.witness.onSent(record, notAdmitted);
  }

  #read(link: Link, afterId: number, limit: number): void {
    const epoch = this.#epoch;
    const atMs = Math.max(this.#writtenAtMs, this.loop.nowMs) + this.random.next() * 20;
    this.loop.at(atMs, () => {
      if (epoch !== this.#epoch) return;
      const found: StoredNotification[] = [];
      // Insertion order is id order.
      for (const record of this.kept.waiting.values()) {
        if (record.id > afterId && found.length < limit) found.push(record);
      }
      this.#input(link, (nowMs) => link.session.onLoaded(nowMs, found, found.length < limit));
    });
  }

  #acknowledge(link: Link, id: number): void {
    const sent = link.sent.get(id) ?? { times: 0, firstMs: Infinity, lastMs: -Infinity, acknowledged: true };
    sent.acknowledged = true;
    link.sent.set(id, sent);
    if (!this.witness.hasKeptHandled(id)) this.witness.violation(`notification ${id} was acknowledged before its handling was kept`);
    this.#write(() => {
      if (this.kept.waiting.delete(id)) this.witness.onGone(id, 'acknowledged');
    });
  }

  #register(link: Link, request: number, app: string): void {
    if (app === 'forbidden' || !this.storeUp) {
      const code = this.storeUp ? 'no-grant' : 'store-unavailable';
      this.loop.after(5, () => this.#input(link, (nowMs) => link.session.onRejected(nowMs, { request, code })));
      return;
    }
    this.#write(() => {
      const alias = this.kept.subscriptions.get(app) ?? this.kept.nextAlias;
      if (alias === this.kept.nextAlias) this.kept.nextAlias += 1;
      this.kept.subscriptions.set(app, alias);
      this.#input(link, (nowMs) => link.session.onRegistered(nowMs, { request, alias, subscription: `sub_${alias}` }));
    });
  }

  #removeSubscription(alias: number): void {
    for (const [app, known] of this.kept.subscriptions) if (known === alias) this.kept.subscriptions.delete(app);
    for (const { id, alias: of } of [...this.kept.waiting.values()]) {
      if (of === alias && this.kept.waiting.delete(id)) this.witness.onGone(id, 'withdrawn');
    }
    this.#tell((link, nowMs) => link.session.onWithdrawn(nowMs));
  }

  #upstream(link: Link, message: UpstreamMessage): void {
    const app = [...this.kept.subscriptions].find(([, alias]) => alias === message.alias)?.[0];
    const full = this.random.next() < 0.02;
    if (!this.storeUp || full || app === undefined) {
      this.witness.onRefused(message.id);
      const code = app === undefined ? 'unknown-alias' : full ? 'outbox-full' : 'store-unavailable';
      this.loop.after(5, () => {
        this.#input(link, (nowMs) => link.session.onRejected(nowMs, { message: message.id, code }));
        this.#answered(link, message.id);
      });
      return;
    }
    this.#write(() => {
      this.witness.onUpstream(message, app);
      this.#answered(link, message.id);
    });
  }

  #answered(link: Link, messageId: number): void {
    const answer = link.upstream.get(messageId);
    if (answer === undefined) return;
    link.upstream.delete(messageId);
    answer.open -= 1;
    this.#flushAnswers(link);
  }

  /** In the order of the frames [MQTT-4.6.0-2]. */
  #flushAnswers(link: Link): void {
    while (link.answers[0]?.open === 0) {
      const { token } = link.answers.shift()!;
      if (link.session.linked && token !== undefined) link.connection.send('gateway', { type: 'puback', token });
    }
  }

  /** Ordered, and lost by a crash that comes first. */
  #write(act: () => void): void {
    const epoch = this.#epoch;
    // A disk is slow at times: then a device acknowledges what is not written yet.
    const stallMs = this.random.next() < 0.05 ? this.random.next() * 3_000 : 0;
    this.#writtenAtMs = Math.max(this.#writtenAtMs, this.loop.nowMs + this.random.next() * 20 + stallMs);
    this.loop.at(this.#writtenAtMs, () => {
      if (epoch === this.#epoch) act();
    });
  }

  #expire(id: number): void {
    const record = this.kept.waiting.get(id);
    if (record === undefined) return;
    // The store outlives the process; a sweep happens while one runs.
    const againMs = this.up ? record.expiresAtMs - this.nowMs() : 1_000;
    if (againMs > 0) this.loop.after(againMs, () => this.#expire(id));
    else if (this.kept.waiting.delete(id)) this.witness.onGone(id, 'expired');
  }
}

function admits(minimum: Urgency, urgency: Urgency): boolean {
  return urgencies.indexOf(urgency) >= urgencies.indexOf(minimum);
}
