// A number of a data file, with where it comes from.

import { z } from 'zod';

/**
 * `read`: read in the named source; `derived`: computed from it; `recalled`: remembered from the
 * paper and not read again; `assumed`: no source, its influence has to be shown.
 */
export const quantity = z.strictObject({
  value: z.number().nonnegative(),
  source: z.string().min(1),
  status: z.enum(['read', 'derived', 'recalled', 'assumed']),
});

export type Quantity = z.infer<typeof quantity>;

export interface NamedQuantity extends Quantity {
  /** The way to it from the top of its file, with dots; of an entry with a name, the name. */
  readonly field: string;
}

/** Every quantity of a data file, in the file's order. */
export function quantitiesOf(value: unknown, field = ''): NamedQuantity[] {
  const parsed = quantity.safeParse(value);
  if (parsed.success) return [{ field, ...parsed.data }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([key, inner]) => {
    const hasName = typeof inner === 'object' && inner !== null && 'name' in inner;
    const name = hasName ? String(inner.name) : key;
    return quantitiesOf(inner, field === '' ? name : `${field}.${name}`);
  });
}

/** A file with such numbers must say `"unverified": true`: no headline may rest on it alone. */
export function hasDoubtful(value: unknown): boolean {
  return quantitiesOf(value).some(({ status }) => status === 'recalled' || status === 'assumed');
}
