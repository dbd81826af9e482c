// BeerChat itself: people, who is whose friend, what was said. It has its contacts for itself: no gateway ever hears of them.

import type { PresenceState } from './lowbeat.js';

/** How a gateway names a person for this app. A uid alone names nobody: two gateways could give out the same. */
export interface Address {
  readonly issuer: string;
  readonly uid: string;
}

interface Person {
  readonly name: string;
  readonly friends: Set<string>;
  /** Pages that are open. */
  pages: number;
  address: Address | undefined;
  presence: PresenceState;
  /** Who has rung since a page was last open. */
  readonly rungBy: Set<string>;
}

export interface Message {
  readonly from: string;
  readonly text: string;
}

/** What one person's page shows. */
export interface View {
  readonly name: string;
  /** Of the gateway through which friends reach them while no page is open. */
  readonly issuer: string | null;
  readonly revoked: boolean;
  readonly friends: readonly { readonly name: string; readonly state: 'online' | 'away' | 'offline'; readonly mutual: boolean; readonly rings: boolean }[];
  readonly rooms: Readonly<Record<string, readonly Message[]>>;
}

export const bounds = { people: 1_000, nameCharacters: 32, friends: 100, textCharacters: 500, messagesPerRoom: 200 } as const;

export class Chat {
  readonly #people = new Map<string, Person>();
  readonly #byAddress = new Map<string, Person>();
  readonly #rooms = new Map<string, Message[]>();
  readonly #onChange: (name: string) => void;

  /** `onChange`: what this person's page shows may be another now. */
  constructor(onChange: (name: string) => void) {
    this.#onChange = onChange;
  }

  /** Undefined for a name that cannot be. */
  enter(name: string): string | undefined {
    const key = name.trim().toLowerCase();
    if (!/^[\p{L}\p{N}][\p{L}\p{N} ]*$/u.test(key) || key.length > bounds.nameCharacters) return undefined;
    if (!this.#people.has(key)) {
      if (this.#people.size >= bounds.people) return undefined;
      this.#people.set(key, { name: capital(key), friends: new Set(), pages: 0, address: undefined, presence: 'offline', rungBy: new Set() });
    }
    return key;
  }

  befriend(key: string, friend: string): boolean {
    const person = this.#people.get(key);
    const other = this.enter(friend);
    if (person === undefined || other === undefined || other === key || person.friends.size >= bounds.friends) return false;
    person.friends.add(other);
    this.#tell(key);
    return true;
  }

  pageOpened(key: string): void {
    this.#pages(key, 1);
  }

  pageClosed(key: string): void {
    this.#pages(key, -1);
  }

  /** Friends reach the person there from now on. */
  connect(key: string, address: Address, state: PresenceState): void {
    const person = this.#people.get(key);
    if (person === undefined) return;
    if (person.address !== undefined) this.#byAddress.delete(addressKey(person.address));
    person.address = address;
    person.presence = state;
    this.#byAddress.set(addressKey(address), person);
    this.#tell(key);
  }

  /** What the gateway says; of somebody unknown it says nothing to anybody. */
  presence(address: Address, state: PresenceState): void {
    const person = this.#byAddress.get(addressKey(address));
    if (person === undefined || person.presence === 'revoked') return;
    person.presence = state;
    this.#tell(person.name.toLowerCase());
  }

  /** Where to ring a friend: undefined where the two are no friends, or there is no way. */
  addressOf(key: string, friend: string): Address | undefined {
    return this.#mutual(key, friend) && this.#people.get(friend)?.presence !== 'revoked' ? this.#people.get(friend)?.address : undefined;
  }

  nameOf(key: string): string {
    return this.#people.get(key)?.name ?? key;
  }

  /** True when a page of theirs shows it. */
  rung(key: string, friend: string): boolean {
    const person = this.#people.get(friend);
    if (person === undefined || !this.#mutual(key, friend) || person.pages === 0) return false;
    person.rungBy.add(key);
    this.#tell(friend);
    return true;
  }

  say(key: string, friend: string, text: string): boolean {
    if (!this.#mutual(key, friend) || text.trim() === '' || text.length > bounds.textCharacters) return false;
    const room = roomOf(key, friend);
    const messages = this.#rooms.get(room) ?? [];
    messages.push({ from: this.nameOf(key), text });
    this.#rooms.set(room, messages.slice(-bounds.messagesPerRoom));
    this.#people.get(key)?.rungBy.delete(friend);
    for (const one of [key, friend]) this.#onChange(one);
    return true;
  }

  view(key: string): View | undefined {
    const person = this.#people.get(key);
    if (person === undefined) return undefined;
    const friends = [...person.friends].map((friend) => ({
      name: this.nameOf(friend), state: this.#stateOf(key, friend), mutual: this.#mutual(key, friend), rings: person.rungBy.has(friend),
    }));
    const rooms = Object.fromEntries([...person.friends].map((friend) => [this.nameOf(friend), this.#rooms.get(roomOf(key, friend)) ?? []]));
    return { name: person.name, issuer: person.address?.issuer ?? null, revoked: person.presence === 'revoked', friends, rooms };
  }

  #stateOf(key: string, friend: string): 'online' | 'away' | 'offline' {
    const person = this.#people.get(friend);
    if (person === undefined || !this.#mutual(key, friend)) return 'offline';
    if (person.pages > 0) return 'online';
    return person.presence === 'revoked' ? 'offline' : person.presence;
  }

  #mutual(key: string, friend: string): boolean {
    return this.#people.get(key)?.friends.has(friend) === true && this.#people.get(friend)?.friends.has(key) === true;
  }

  #pages(key: string, by: 1 | -1): void {
    const person = this.#people.get(key);
    if (person === undefined) return;
    person.pages += by;
    if (person.pages === 0) person.rungBy.clear();
    this.#tell(key);
  }

  /** The person, and whoever has them as a friend. */
  #tell(key: string): void {
    for (const [other, { friends }] of this.#people) {
      if (other === key || friends.has(key)) this.#onChange(other);
    }
  }
}

function addressKey({ issuer, uid }: Address): string {
  return `${issuer} ${uid}`;
}

function roomOf(one: string, other: string): string {
  return [one, other].sort().join(' & ');
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
