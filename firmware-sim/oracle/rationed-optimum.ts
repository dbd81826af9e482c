// The clairvoyant optimum where alarms are rationed (Doze), and where a flow may have to die because of it.
// facts: "Doze restricts S to the allowed slots: the same recursion with w = infinity elsewhere". Which slots are allowed
// follows from the alarm before, so the recursion runs over pairs of the last refresh and the last alarm.

import type { Candidate, OptimumProblem } from './optimum.js';

export interface RationedCandidate extends Candidate {
  /** What wakes the phone then: nothing of ours; an alarm where they are not rationed; one where they are. */
  readonly alarm: 'none' | 'free' | 'rationed';
}

export interface RationedProblem extends Omit<OptimumProblem, 'candidates'> {
  readonly candidates: readonly RationedCandidate[];
  /** A rationed alarm rings at least so long after the alarm before it, rationed or not. */
  readonly spacingMs: number;
  /** The last alarm before `startMs`; -Infinity when there was none. */
  readonly lastAlarmMs: number;
  /** Instants at which the flow is forgotten whatever was sent before, ascending. */
  readonly forgottenMs: readonly number[];
  /** What a send on a flow that is forgotten costs on top: a new connection, millijoules. */
  readonly reconnectMj: number;
  /** What each millisecond costs for which the flow is forgotten, millijoules. */
  readonly deadMj: number;
}

export interface ScheduledSend {
  readonly atMs: number;
  /** The flow is forgotten by then, and opened anew. */
  readonly reconnect?: boolean;
}

export interface RationedOptimum {
  readonly sends: readonly ScheduledSend[];
  /** Of all sends and of the time for which the flow is forgotten. */
  readonly costMj: number;
}

/**
 * The cheapest sends. A free refresh counts only while the flow lives. With `deadMj` above what a whole connection costs for the
 * shortest time that matters, that is the schedule that loses least, and among those the cheapest.
 *
 * Labels (cost, last alarm) go from each refresh to every one that can be the next; of two labels at one refresh the dearer
 * one stays only if its last alarm is older. Exact over its candidates, in O(n × those within a gap × labels).
 */
export function optimalRationedSends(problem: RationedProblem): RationedOptimum {
  const nodes = mergeNodes(problem);
  const labels: Label[][] = nodes.map(() => []);
  labels[0]?.push({ costMj: 0, lastAlarmMs: problem.lastAlarmMs });
  for (const [index, node] of nodes.entries()) {
    if (node.kind === 'end') break;
    for (const label of undominated(labels[index] ?? [], node.atMs - problem.spacingMs)) {
      spread({ problem, nodes, labels }, index, label);
    }
    // What was spread is reached through the labels that came of it.
    labels[index] = [];
  }
  const last = cheapest(labels.at(-1) ?? []);
  const sends: ScheduledSend[] = [];
  for (let label = last; label; label = label.before) {
    if (label.send) sends.push(label.send);
  }
  return { sends: sends.reverse(), costMj: last?.costMj ?? 0 };
}

interface Label {
  readonly costMj: number;
  readonly lastAlarmMs: number;
  readonly send?: ScheduledSend;
  readonly before?: Label;
}

interface Node {
  readonly atMs: number;
  readonly costMj: number;
  readonly kind: RationedCandidate['alarm'] | 'refresh' | 'end';
}

interface Run {
  readonly problem: RationedProblem;
  readonly nodes: readonly Node[];
  readonly labels: Label[][];
}

/** From a refresh at node `from` to each node that can be the next one. */
function spread({ problem, nodes, labels }: Run, from: number, label: Label): void {
  const { longestGapMs, spacingMs, forgottenMs, reconnectMj, deadMj } = problem;
  const refreshedMs = nodes[from]?.atMs ?? 0;
  const forgetsMs = forgottenMs.find((atMs) => atMs > refreshedMs) ?? Infinity;
  const diesMs = Math.min(refreshedMs + longestGapMs, forgetsMs);
  /** The first send that could have opened the flow anew. */
  let openedMs = Infinity;
  for (let index = from + 1; index < nodes.length; index += 1) {
    const node = nodes[index];
    if (!node) break;
    const { atMs, kind } = node;
    const lives = atMs - refreshedMs <= longestGapMs && atMs < forgetsMs;
    if (kind === 'refresh') {
      if (!lives) continue;
      // It happens whatever else is sent after it.
      labels[index]?.push({ costMj: label.costMj, lastAlarmMs: label.lastAlarmMs, before: label });
      break;
    }
    if (kind === 'end') {
      const costMj = label.costMj + Math.max(0, atMs - diesMs) * deadMj;
      labels[index]?.push({ costMj, lastAlarmMs: label.lastAlarmMs, before: label });
      break;
    }
    // To wait longer never pays: a send at the first instant as well would keep its distance to the later one.
    if (atMs > openedMs + spacingMs) break;
    if (kind === 'rationed' && atMs - label.lastAlarmMs < spacingMs) continue;
    const costMj = label.costMj + node.costMj + (lives ? 0 : reconnectMj + (atMs - diesMs) * deadMj);
    if (!lives && openedMs === Infinity) openedMs = atMs;
    offer(labels[index], { costMj, label, atMs, kind, reconnect: !lives });
    if (!lives && kind === 'none') break;
  }
}

interface Offer {
  readonly costMj: number;
  readonly label: Label;
  readonly atMs: number;
  readonly kind: RationedCandidate['alarm'];
  readonly reconnect: boolean;
}

function offer(labels: Label[] | undefined, { costMj, label, atMs, kind, reconnect }: Offer): void {
  const lastAlarmMs = kind === 'none' ? label.lastAlarmMs : atMs;
  // All labels at an alarm have that alarm as their last.
  const known = kind === 'none' ? undefined : labels?.[0];
  if (known && known.costMj <= costMj) return;
  const made = { costMj, lastAlarmMs, before: label, send: reconnect ? { atMs, reconnect } : { atMs } };
  if (known && labels) labels[0] = made;
  else labels?.push(made);
}

/** Cheapest first; alarms up to `freeMs` ration nothing any more. */
function undominated(labels: readonly Label[], freeMs: number): Label[] {
  const kept: Label[] = [];
  let oldestMs = Infinity;
  for (const label of [...labels].sort((a, b) => a.costMj - b.costMj || a.lastAlarmMs - b.lastAlarmMs)) {
    const lastAlarmMs = label.lastAlarmMs <= freeMs ? -Infinity : label.lastAlarmMs;
    if (lastAlarmMs >= oldestMs) continue;
    oldestMs = lastAlarmMs;
    kept.push(label);
  }
  return kept;
}

function cheapest(labels: readonly Label[]): Label | undefined {
  return labels.reduce<Label | undefined>((best, label) => (best && best.costMj <= label.costMj ? best : label), undefined);
}

function mergeNodes({ startMs, endMs, freeMs, candidates }: RationedProblem): Node[] {
  const inside = ({ atMs }: { readonly atMs: number }): boolean => atMs > startMs && atMs < endMs;
  const refreshes = freeMs.map((atMs) => ({ atMs, costMj: 0, kind: 'refresh' as const })).filter(inside);
  const sends = candidates
    .filter((candidate) => inside(candidate) && candidate.costMj !== Infinity)
    .map(({ atMs, costMj, alarm }) => ({ atMs, costMj, kind: alarm }));
  // At one instant the free refresh comes first: the sort is stable.
  const between = [...refreshes, ...sends].sort((a, b) => a.atMs - b.atMs);
  return [{ atMs: startMs, costMj: 0, kind: 'refresh' }, ...between, { atMs: endMs, costMj: 0, kind: 'end' }];
}
