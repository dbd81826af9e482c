// Handled of src/core/frames.ts ⇄ Handled of schemas/link.proto: the same item up and down.

import type { lowbeat } from '#gen/link.js';
import type { Handled } from '../core/frames.js';
import { limits } from '../core/limits.js';
import { refuse, requireItems, requireNumber } from './field-checks.js';
import { unknownFields, unknownsOf } from './unknown-fields.js';

// The highest field number of Handled in schemas/link.proto.
const highest = 2;

export function checkHandled(field: 'handled' | 'clears', items: readonly Handled[]): void {
  requireItems(field, items);
  let ids = 0;
  for (const item of items) {
    requireNumber(`${field}.app`, item.alias);
    requireItems(`${field}.ids`, item.ids);
    for (const id of item.ids) requireNumber(`${field}.ids`, id);
    ids += item.ids.length;
  }
  if (ids > limits.frameItems) refuse(`${field} has ${ids} ids, at most ${limits.frameItems} fit a frame`);
}

export function handledMessage(item: Handled): lowbeat.link.Handled.$Properties {
  return { app: item.alias, ids: item.ids as number[], $unknowns: unknownsOf('handled', item, highest) };
}

export function handledOf(message: lowbeat.link.Handled.$Properties): Handled {
  const unknown = unknownFields('handled', message, highest);
  const item = { alias: message.app ?? 0, ids: message.ids ?? [] };
  return unknown === undefined ? item : { ...item, unknown };
}
