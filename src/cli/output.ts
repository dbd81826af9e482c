// What the commands print: one JSON object a line for programs, aligned text for people.

export interface Column<Item> {
  readonly title: string;
  readonly text: (item: Item) => string;
}

export interface OutputFlags {
  readonly json?: boolean;
}

/** Prints one thing: its JSON, or its fields one a line with the given notes under them. */
export function printOne(
  flags: OutputFlags,
  item: object,
  fields: readonly (readonly [name: string, text: string])[],
  notes: readonly string[] = [],
): void {
  if (flags.json === true) {
    printLine(JSON.stringify(item));
    return;
  }
  const width = Math.max(...fields.map(([name]) => name.length));
  for (const [name, text] of fields) printLine(`${name.padEnd(width)}  ${text}`);
  if (notes.length > 0) printLine(['', ...notes].join('\n'));
}

/** Prints a list: a JSON object a line, or a table; `none` when it is empty. */
export function printList<Item extends object>(
  flags: OutputFlags,
  items: readonly Item[],
  columns: readonly Column<Item>[],
  none: string,
): void {
  if (flags.json === true) {
    for (const item of items) printLine(JSON.stringify(item));
    return;
  }
  if (items.length === 0) {
    printLine(none);
    return;
  }
  const rows = [columns.map(({ title }) => title), ...items.map((item) => columns.map(({ text }) => text(item)))];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  for (const row of rows) {
    printLine(row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd());
  }
}

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** `2026-03-29 14:05`, in local time: when somebody added something, seconds do not matter. */
export function minuteText(atMs: number): string {
  const date = new Date(atMs);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
