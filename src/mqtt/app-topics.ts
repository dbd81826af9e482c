// What an app server may say where: it publishes to these topics, subscribes to those, and sees nothing else.

import { idPrefixes, isId } from '../core/ids.js';
import type { SubscriptionId, Uid } from '../core/ids.js';
import type { Destination, PublishError } from '../gateway/doors.js';
import { isReference, parsePublishOptions } from '../gateway/publish-options.js';
import type { PublishOptions } from '../gateway/publish-options.js';

export type AppPublish =
  | { readonly kind: 'publish'; readonly to: Destination; readonly options: PublishOptions; readonly subject: string }
  | { readonly kind: 'cancel'; readonly reference: string; readonly subject: string }
  /** A topic that an app may publish to, used wrongly. */
  | { readonly kind: 'bad'; readonly error: PublishError; readonly subject: string }
  /** No topic that an app may publish to. */
  | { readonly kind: 'foreign'; readonly error: PublishError; readonly subject: string };

/** Subject of an error that belongs to no message, user or subscription: it is told on `error/topic`. */
const topicSubject = 'topic';
/** One level below these, by its name or by `+`. */
const filterPattern = /^(presence|upstream|receipt|error)\/(\+|[^+#/]+)$/;

/** Whether the topic is one that apps publish to; says nothing about what stands behind its `/`. */
export function isAppPublishTopic(topic: string): boolean {
  return /^(notify|device|cancel)\//.test(topic);
}

export function isAppFilter(filter: string): boolean {
  return filterPattern.test(filter);
}

/** The two filters that `isAppFilter` allows and that match this topic, whose first level is one of an app's. */
export function filtersOf(topic: string): readonly [exact: string, wild: string] {
  return [topic, `${topic.slice(0, topic.indexOf('/'))}/+`];
}

/** `notify/<uid>[?options]`, `device/<subscription>[?options]`, `cancel/<reference>`. */
export function parseAppTopic(topic: string): AppPublish {
  const slash = topic.indexOf('/');
  const room = topic.slice(0, slash);
  const rest = topic.slice(slash + 1);
  switch (room) {
    case 'cancel':
      return isReference(rest)
        ? { kind: 'cancel', reference: rest, subject: rest }
        : bad(`"cancel/" is followed by the id of a message: 1 to 64 characters of A-Z a-z 0-9 . _ ~ -`);
    case 'notify':
    case 'device':
      return parseDestination(room, rest);
    default:
      return {
        kind: 'foreign',
        subject: topicSubject,
        error: {
          code: 'not-allowed',
          message: 'an app server publishes to notify/<uid>, device/<subscription> or cancel/<id> only',
        },
      };
  }
}

function parseDestination(room: 'notify' | 'device', rest: string): AppPublish {
  const question = rest.indexOf('?');
  const name = question < 0 ? rest : rest.slice(0, question);
  const parsed = parsePublishOptions(question < 0 ? '' : rest.slice(question + 1));
  const isName = room === 'notify' ? isId(idPrefixes.uid, name) : isId(idPrefixes.subscription, name);
  if (!isName) {
    const wanted = room === 'notify' ? 'a uid (uid_…)' : 'a subscription (sub_…)';
    const error: PublishError = { code: 'unknown-destination', message: `"${room}/" is followed by ${wanted}` };
    return { kind: 'bad', error, subject: subjectOf(parsed.ok ? parsed.options.reference : parsed.reference, topicSubject) };
  }
  if (!parsed.ok) return { kind: 'bad', error: parsed.error, subject: subjectOf(parsed.reference, name) };
  const to: Destination = room === 'notify' ? { uid: name as Uid } : { subscription: name as SubscriptionId };
  return { kind: 'publish', to, options: parsed.options, subject: subjectOf(parsed.options.reference, name) };
}

function bad(message: string): AppPublish {
  return { kind: 'bad', subject: topicSubject, error: { code: 'bad-option', message } };
}

function subjectOf(reference: string, otherwise: string): string {
  return reference === '' ? otherwise : reference;
}
