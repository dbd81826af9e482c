// What `npm test` says of test files: one line each, then the slowest, what was skipped, and every
// failure in full.

import { inspect } from 'node:util';
import type { Tally } from './tally.js';
import type { FileResult } from './test-files.js';

const slowestShown = 5;
/** Of what a failed file printed, as many lines from its end. */
const printedLinesShown = 1_000;

export function reportFile(result: FileResult): string {
  const { passed, failed, skipped } = result;
  const parts = [`${passed} passed`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (result.broken !== undefined) parts.push(result.broken);
  const time = `${Math.round(result.durationMs)} ms`.padStart(9);
  return `  ${failed > 0 ? 'FAILED' : 'ok    '} ${time}  ${shortName(result)}: ${parts.join(', ')}`;
}

/** The sum over all files, after telling what a reader needs to know of them. */
export function reportTests(results: readonly FileResult[], print: (line: string) => void): Tally {
  const failed = results.filter((result) => result.failed > 0);
  const skipped = results.filter((result) => result.skips.length > 0);
  const warnings = results.filter((result) => result.warnings.length > 0);
  if (results.length > slowestShown) {
    const slowest = results.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, slowestShown);
    const names = slowest.map((result) => `${shortName(result)} ${(result.durationMs / 1000).toFixed(1)} s`);
    print(`\n  slowest: ${names.join(', ')}`);
  }
  if (warnings.length > 0) print('\n-- Warnings');
  for (const result of warnings) {
    for (const warning of result.warnings) print(`  ${shortName(result)}: ${warning}`);
  }
  if (skipped.length > 0) print('\n-- Skipped');
  for (const result of skipped) {
    for (const skip of result.skips) print(`  ${shortName(result)}: ${skip.name} (${skip.reason})`);
  }
  for (const result of failed) reportFailures(result, print);
  return {
    passed: sum(results.map((result) => result.passed)),
    failed: sum(results.map((result) => result.failed)),
    skipped: sum(results.map((result) => result.skipped)),
  };
}

function reportFailures(result: FileResult, print: (line: string) => void): void {
  print(`\n-- FAILED ${shortName(result)}${result.broken === undefined ? '' : `: ${result.broken}`}`);
  for (const { name, diagnostics } of result.failures) {
    print(`  not ok: ${name === '' ? '(unnamed)' : name}`);
    for (const [key, value] of Object.entries(diagnostics)) print(indent(diagnostic(key, value), '    '));
  }
  const leftOff = Math.max(0, result.prints.length - printedLinesShown);
  const title = leftOff === 0 ? 'printed' : `printed, without the first ${leftOff} lines`;
  printBlock(title, result.prints.slice(-printedLinesShown).join('\n'), print);
  printBlock('standard error', result.errors, print);
}

function printBlock(title: string, text: string, print: (line: string) => void): void {
  if (text.trim() === '') return;
  print(`  ${title}:`);
  print(indent(text.trimEnd(), '    '));
}

function diagnostic(key: string, value: unknown): string {
  if (key === 'at' && typeof value === 'object' && value !== null && 'fileName' in value && 'lineNumber' in value) {
    return `at: ${String(value.fileName)}:${String(value.lineNumber)}`;
  }
  const text = typeof value === 'string' ? value.trimEnd() : inspect(value, { depth: 10, breakLength: 100 });
  return text.includes('\n') ? `${key}:\n${indent(text, '  ')}` : `${key}: ${text}`;
}

function indent(text: string, by: string): string {
  return text.replaceAll(/^/gm, by);
}

function shortName({ file }: FileResult): string {
  return file.replaceAll('\\', '/').replace(/^dist\//, '').replace(/\.js$/, '');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
