import type { DevicePresence, NetworkKind, Power } from '../frames.js';
import { urgencies } from '../frames.js';
import type { RestingLink } from './link-session.js';

/** Numbers of one link, and where each stands among them. */
const size = 8;
const at = { words: 0, promiseSeconds: 1, leaseUntilMs: 2, frameCredit: 3, frameCreditAtMs: 4, cursorId: 5, latestId: 6, radioOnUntilMs: 7 };
const linksPerBlock = 1_024;

const presences: readonly (DevicePresence | 'offline' | undefined)[] = [undefined, 'online', 'away', 'offline'];
const powers: readonly Power[] = ['unknown', 'battery', 'battery-low', 'charging'];
const networks: readonly NetworkKind[] = ['unknown', 'wifi', 'cellular', 'wired', 'other'];

/** Where the words of a link stand in one number: the bits in front of each. */
const shift = { presence: 0, told: 2, heartbeatPresence: 4, power: 6, network: 8, urgency: 11, heard: 13, unanswered: 14, spoken: 15, malformed: 16 };

/**
 * The links that are idle and caught up, as numbers side by side: 64 bytes each, where objects would take ten times that.
 * It grows by blocks, to the most links that ever rested at once, and stays so.
 */
export class RestingLinks {
  readonly #blocks: Float64Array[] = [];
  readonly #free: number[] = [];

  /** Its place, until `take`. */
  put({ device, delivery, told, heartbeat, frameCredit, frameCreditAtMs, malformed, spoken }: RestingLink): number {
    if (this.#free.length === 0) this.#grow();
    const place = this.#free.pop() ?? 0;
    const { numbers, start } = this.#find(place);
    numbers[start + at.words] = (presences.indexOf(device.presence) << shift.presence)
      | (presences.indexOf(told) << shift.told)
      | (presences.indexOf(heartbeat?.presence) << shift.heartbeatPresence)
      | (powers.indexOf(heartbeat?.power ?? 'unknown') << shift.power)
      | (networks.indexOf(heartbeat?.network ?? 'unknown') << shift.network)
      | (urgencies.indexOf(delivery.minimumUrgency) << shift.urgency)
      | (Number(device.heard) << shift.heard)
      | (Number(device.unanswered) << shift.unanswered)
      | (Number(spoken) << shift.spoken)
      | (malformed << shift.malformed);
    // A heartbeat's promise is the device's: the one that holds without a heartbeat is kept all the same.
    numbers[start + at.promiseSeconds] = device.promiseSeconds;
    numbers[start + at.leaseUntilMs] = device.leaseUntilMs;
    numbers[start + at.frameCredit] = frameCredit;
    numbers[start + at.frameCreditAtMs] = frameCreditAtMs;
    numbers[start + at.cursorId] = delivery.cursorId;
    numbers[start + at.latestId] = delivery.latestId;
    numbers[start + at.radioOnUntilMs] = delivery.radioOnUntilMs;
    return place;
  }

  /** What was put there; the place is free from now on. */
  take(place: number): RestingLink {
    this.#free.push(place);
    const { numbers, start } = this.#find(place);
    const words = number(numbers, start + at.words);
    const presence = word(words, presences, shift.heartbeatPresence, 2);
    const promiseSeconds = number(numbers, start + at.promiseSeconds);
    return {
      device: {
        presence: word(words, presences, shift.presence, 2) ?? 'offline',
        heard: word(words, truths, shift.heard, 1),
        unanswered: word(words, truths, shift.unanswered, 1),
        promiseSeconds,
        leaseUntilMs: number(numbers, start + at.leaseUntilMs),
      },
      delivery: {
        minimumUrgency: word(words, urgencies, shift.urgency, 2),
        cursorId: number(numbers, start + at.cursorId),
        latestId: number(numbers, start + at.latestId),
        radioOnUntilMs: number(numbers, start + at.radioOnUntilMs),
      },
      told: word(words, presences, shift.told, 2),
      heartbeat: presence === undefined || presence === 'offline'
        ? undefined
        : { presence, power: word(words, powers, shift.power, 2), network: word(words, networks, shift.network, 3), promiseSeconds },
      frameCredit: number(numbers, start + at.frameCredit),
      frameCreditAtMs: number(numbers, start + at.frameCreditAtMs),
      malformed: words >>> shift.malformed,
      spoken: word(words, truths, shift.spoken, 1),
    };
  }

  #grow(): void {
    const first = this.#blocks.length * linksPerBlock;
    this.#blocks.push(new Float64Array(linksPerBlock * size));
    // The lowest goes first.
    for (let place = first + linksPerBlock - 1; place >= first; place -= 1) this.#free.push(place);
  }

  #find(place: number): { readonly numbers: Float64Array; readonly start: number } {
    const numbers = this.#blocks[Math.floor(place / linksPerBlock)];
    if (numbers === undefined) throw new RangeError(`resting links: there is no place ${place}`);
    return { numbers, start: (place % linksPerBlock) * size };
  }
}

const truths = [false, true] as const;

function number(numbers: Float64Array, index: number): number {
  return numbers[index] ?? NaN;
}

/** The one that stands in so many bits from there on. */
function word<Word>(words: number, list: readonly Word[], from: number, bits: number): Word {
  const index = (words >>> from) & ((1 << bits) - 1);
  if (index >= list.length) throw new Error(`resting links: no word ${index} at bit ${from}`);
  return list[index] as Word;
}
