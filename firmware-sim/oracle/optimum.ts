// The clairvoyant optimum: the cheapest set of dedicated sends on one attachment when everything is known beforehand.
// facts: the energy recursion V(t) = w(t) + min V over [t - T', t), exact with a sliding-window minimum.

export interface Candidate {
  readonly atMs: number;
  /** What a send at this instant adds, millijoules; Infinity where none is possible. */
  readonly costMj: number;
}

export interface OptimumProblem {
  /** The flow is fresh at `startMs`, and must be until `endMs`. */
  readonly startMs: number;
  readonly endMs: number;
  /** The longest gap between refreshes: the timeout or what presence asks for, whichever is shorter. */
  readonly longestGapMs: number;
  /** Instants at which the flow is refreshed anyway, ascending. */
  readonly freeMs: readonly number[];
  /** Where a send may be placed, ascending. */
  readonly candidates: readonly Candidate[];
}

export interface Optimum {
  readonly sendsMs: readonly number[];
  readonly costMj: number;
}

/** The cheapest sends, or undefined when the candidates leave a gap that nothing can fill. O(n). */
export function optimalSends(problem: OptimumProblem): Optimum | undefined {
  const { startMs, endMs, longestGapMs } = problem;
  const nodes = mergeNodes(problem);
  const values = new Float64Array(nodes.length).fill(Infinity);
  const previous = new Int32Array(nodes.length).fill(-1);
  // Indices of nodes in the window, their values ascending: the front is the minimum.
  const window: number[] = [];
  let head = 0;
  values[0] = 0;
  window.push(0);
  for (let index = 1; index < nodes.length; index += 1) {
    const node = nodes[index];
    if (!node) break;
    while (head < window.length && (nodes[window[head] ?? 0]?.atMs ?? 0) < node.atMs - longestGapMs) head += 1;
    const best = window[head];
    if (best === undefined) return undefined;
    values[index] = node.costMj + (values[best] ?? Infinity);
    previous[index] = best;
    if (node.free) {
      // A free refresh happens whatever we do: nothing before it can serve later gaps better, so the window starts anew.
      window.length = 0;
      head = 0;
    } else {
      while (window.length > head && (values[window.at(-1) ?? 0] ?? 0) >= (values[index] ?? 0)) window.pop();
    }
    if (values[index] !== Infinity) window.push(index);
  }
  const last = nodes.length - 1;
  const costMj = values[last] ?? Infinity;
  if (costMj === Infinity || startMs > endMs) return undefined;
  const sendsMs: number[] = [];
  for (let at = last; at > 0; at = previous[at] ?? -1) {
    const node = nodes[at];
    if (node && !node.free) sendsMs.push(node.atMs);
  }
  return { sendsMs: sendsMs.reverse(), costMj };
}

interface Node extends Candidate {
  readonly free: boolean;
}

function mergeNodes({ startMs, endMs, freeMs, candidates }: OptimumProblem): Node[] {
  const nodes: Node[] = [{ atMs: startMs, costMj: 0, free: true }];
  let next = 0;
  for (const { atMs, costMj } of candidates) {
    if (atMs <= startMs || atMs >= endMs || costMj === Infinity) continue;
    for (; (freeMs[next] ?? Infinity) <= atMs; next += 1) pushFree(nodes, freeMs[next], startMs, endMs);
    nodes.push({ atMs, costMj, free: false });
  }
  for (; next < freeMs.length; next += 1) pushFree(nodes, freeMs[next], startMs, endMs);
  nodes.push({ atMs: endMs, costMj: 0, free: true });
  return nodes;
}

function pushFree(nodes: Node[], atMs: number | undefined, startMs: number, endMs: number): void {
  if (atMs !== undefined && atMs > startMs && atMs < endMs) nodes.push({ atMs, costMj: 0, free: true });
}
