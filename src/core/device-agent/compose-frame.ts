import { handledBytes, registrationBytes, settingsBytes, upstreamMessageBytes, varintBytes } from '../frame-size.js';
import type { Handled, Heartbeat, Registration, Settings, UpFrame, UpstreamMessage } from '../frames.js';
import type { Alias, NotificationId } from '../ids.js';
import { limits } from '../limits.js';

/** What could go up now. */
export interface Outgoing {
  readonly heartbeat?: Heartbeat;
  readonly settings?: Settings;
  readonly acks: Iterable<NotificationId>;
  readonly removals: Iterable<Alias>;
  readonly registrations: Iterable<Registration>;
  readonly messages: Iterable<UpstreamMessage>;
  /** At most `limits.frameItems` ids in all. */
  readonly handled: readonly Handled[];
  readonly cleared: Iterable<NotificationId>;
}

/** One frame with as much of it as the bounds let in, the small things first. */
export function composeFrame(outgoing: Outgoing): UpFrame {
  const { heartbeat, settings } = outgoing;
  let room: number = limits.frameBytes;
  // Two numbers and their tags, and the heads of three packed lists.
  room -= 2 + 4 + 3 * 4;
  if (settings !== undefined) room -= settingsBytes(settings);

  function fitting<Item>(items: Iterable<Item>, bytesOf: (item: Item) => number): Item[] {
    const taken: Item[] = [];
    for (const item of items) {
      const bytes = bytesOf(item);
      if (taken.length >= limits.frameItems || bytes > room) break;
      room -= bytes;
      taken.push(item);
    }
    return taken;
  }

  const acks = fitting(outgoing.acks, varintBytes);
  const removals = fitting(outgoing.removals, varintBytes);
  const handled = fitting(outgoing.handled, handledBytes);
  const cleared = fitting(outgoing.cleared, varintBytes);
  const registrations = fitting(outgoing.registrations, registrationBytes);
  const messages = fitting(outgoing.messages, upstreamMessageBytes);
  return {
    ...(heartbeat !== undefined && { heartbeat }),
    ...(acks.length > 0 && { acks }),
    ...(registrations.length > 0 && { registrations }),
    ...(removals.length > 0 && { removals }),
    ...(messages.length > 0 && { messages }),
    ...(settings !== undefined && { settings }),
    ...(handled.length > 0 && { handled }),
    ...(cleared.length > 0 && { cleared }),
  };
}
