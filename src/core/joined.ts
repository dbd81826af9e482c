/** With `item` behind: for lists that nearly always have one, since a list that is made empty and grows takes room for many. */
export function joined<Item>(items: readonly Item[], item: Item): readonly Item[] {
  return items.length === 0 ? [item] : [...items, item];
}

/** Without `item`, if it is among them. */
export function without<Item>(items: readonly Item[], item: Item): readonly Item[] {
  return items.length === 1 && items[0] === item ? none : items.filter((other) => other !== item);
}

const none: readonly never[] = [];
