import type { Handled } from './frames.js';
import type { Alias, NotificationId } from './ids.js';

/** As a frame has them: one item for each alias, both in the order in which they first come. */
export function byAlias(notifications: Iterable<{ readonly alias: Alias; readonly id: NotificationId }>): readonly Handled[] {
  const grouped = new Map<Alias, NotificationId[]>();
  for (const { alias, id } of notifications) {
    const ids = grouped.get(alias);
    if (ids === undefined) grouped.set(alias, [id]);
    else ids.push(id);
  }
  return [...grouped].map(([alias, ids]) => ({ alias, ids }));
}
