// Fields that this side does not know: kept on decoding, written again on encoding, so that nothing
// of a newer protocol is lost on the way through an older program.

import { limits } from '../core/limits.js';
import { copyOf, fieldNumber } from './protobuf.js';
import { refuse } from './field-checks.js';

/** A frame that is not protobuf of our schema: `malformed` of DecodeErrorCode, like protobufjs's own errors. */
export class MalformedFrame extends Error {}

const none: Uint8Array[] = [];

interface Kept {
  readonly $unknowns?: readonly Uint8Array[];
}

/**
 * Copies of the unknown fields of a decoded message, or undefined when it has none. A known number among them came with
 * another wire type than its field has. `highest` is the message's highest field number; they have no gaps.
 */
export function unknownFields(name: string, message: Kept, highest: number): readonly Uint8Array[] | undefined {
  if (message.$unknowns === undefined) return undefined;
  if (message.$unknowns.length > limits.frameItems) {
    refuse(`${name} has ${message.$unknowns.length} unknown fields, at most ${limits.frameItems} fit a frame`);
  }
  return message.$unknowns.map((field) => {
    const number = fieldNumber(field);
    if (number <= highest) throw new MalformedFrame(`${name}: field ${number} has a wire type that is not its own`);
    return copyOf(field);
  });
}

/** What goes into `$unknowns`, the property by which protobufjs writes unknown fields again. */
export function unknownsOf(
  name: string,
  item: { readonly unknown?: readonly Uint8Array[] },
  highest: number,
): Uint8Array[] {
  if (item.unknown === undefined) return none;
  for (const field of item.unknown) {
    if (field.length < 2 || fieldNumber(field) <= highest) refuse(`${name}: unknown holds what is not an unknown field`);
  }
  return item.unknown as Uint8Array[];
}
