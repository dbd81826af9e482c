// Counts tests in a TAP stream. A test is a named `t.test` block that asserts something itself or
// holds no further block; a file that asserts outside any block is one more. A skipped or todo
// assertion counts as skipped, one each, so that nothing hides inside a test that passed.

import { type Parser, type Result } from 'tap-parser';

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Failure {
  /** The blocks around it and its own name. */
  readonly name: string;
  /** What tap wrote about it: diff, place, stack. */
  readonly diagnostics: Readonly<Record<string, unknown>>;
}

export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

export interface FileTally extends Tally {
  readonly failures: Failure[];
  readonly skips: Skipped[];
  /** Comments that begin with `warning:`. */
  readonly warnings: string[];
  /** What the file printed: its comments, and lines that are no TAP. */
  readonly prints: string[];
}

/** Counts what `parser` reads from now on. Call `finish` once it has ended. */
export function tally(parser: Parser): { readonly counts: FileTally; readonly finish: () => void } {
  const counts: FileTally = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [], warnings: [], prints: [] };
  const root = new Block(parser, counts);
  parser.on('extra', (line: string) => {
    counts.prints.push(line.trimEnd());
  });
  return { counts, finish: () => root.close() };
}

/** A file, or one `t.test` block of it. */
class Block {
  readonly #counts: FileTally;
  /** Assertions of its own that are neither skipped nor todo. */
  #asserted = 0;
  #failedAsserts = 0;
  #skippedAsserts = 0;
  #failedBefore: number;
  #lastChild: Block | undefined;

  constructor(parser: Parser, counts: FileTally) {
    this.#counts = counts;
    this.#failedBefore = counts.failed;
    parser.on('comment', (comment: string) => {
      if (/^# (?:Subtest\b|time=|timeout=|\{ total: )/.test(comment)) return;
      const warning = /^# warning: (.*)/.exec(comment)?.[1];
      if (warning !== undefined) counts.warnings.push(warning);
      counts.prints.push(comment.replace(/^# ?/, '').trimEnd());
    });
    parser.on('child', (child: Parser) => {
      this.#lastChild = new Block(child, counts);
    });
    parser.on('assert', (result: Result) => {
      if (result.closingTestPoint) this.#lastChild?.close(result);
      else this.#assert(result);
    });
  }

  #assert(result: Result): void {
    if (isPassedOver(result)) {
      this.#skippedAsserts += 1;
      this.#counts.skipped += 1;
      this.#counts.skips.push(skipped(result));
      return;
    }
    this.#asserted += 1;
    if (result.ok) return;
    this.#failedAsserts += 1;
    this.#counts.failures.push(failure(result));
  }

  /** `result` is the line that closes a block in its parent; a file has none. */
  close(result?: Result): void {
    const holdsNoOther = this.#lastChild === undefined && this.#skippedAsserts === 0;
    const isTest = this.#asserted > 0 || (holdsNoOther && result !== undefined);
    if (result !== undefined && isPassedOver(result)) {
      if (!isTest) return;
      this.#counts.skipped += 1;
      this.#counts.skips.push(skipped(result));
    } else if (this.#failedAsserts > 0) {
      this.#counts.failed += 1;
    } else if (result?.ok === false && this.#counts.failed === this.#failedBefore) {
      // It failed by itself: a plan that was not met, an end that did not come.
      this.#counts.failed += 1;
      this.#counts.failures.push(failure(result));
    } else if (isTest) {
      this.#counts.passed += 1;
    }
  }
}

function isPassedOver(result: Result): boolean {
  return result.skip !== false || result.todo !== false;
}

function skipped(result: Result): Skipped {
  const kind = result.skip === false ? 'todo' : 'skip';
  const reason = result.skip === false ? result.todo : result.skip;
  return { name: result.fullname, reason: typeof reason === 'string' ? `${kind}: ${reason}` : kind };
}

function failure(result: Result): Failure {
  const diagnostics: unknown = result.diag;
  return {
    name: result.fullname,
    diagnostics: typeof diagnostics === 'object' && diagnostics !== null ? { ...diagnostics } : {},
  };
}
