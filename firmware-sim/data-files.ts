// Data files of the simulator: a folder of JSON, one file an entry, its name the id.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export interface DataFilesOptions<Entry> {
  /** What an entry is called in an error, such as `battery`. */
  readonly kind: string;
  /** `import.meta.dirname` of the file that the folder lies beside. */
  readonly beside: string;
  readonly folder: string;
  /** Throws an error that names the file and its mistake. */
  readonly parse: (text: string, name: string) => Entry;
}

export class DataFiles<Entry> {
  readonly #options: DataFilesOptions<Entry>;
  readonly #folder: string;

  constructor(options: DataFilesOptions<Entry>) {
    this.#options = options;
    // Found from the sources as well as from the compiled code.
    this.#folder = join(options.beside.replace(/([\\/])dist[\\/]/, '$1'), options.folder);
  }

  /** Ascending. */
  ids(): string[] {
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
      .sort();
  }

  /** The entry of that id; an unknown one or a file with a mistake is an error that names it. */
  load(id: string): Entry {
    const { kind, parse } = this.#options;
    const ids = this.ids();
    if (!ids.includes(id)) throw new Error(`no ${kind} "${id}": there are ${ids.join(', ')}`);
    return parse(readFileSync(join(this.#folder, `${id}.json`), 'utf8'), `${id}.json`);
  }
}

/** What `text` holds by `schema`; throws an error that begins with kind and name, and tells each mistake. */
export function parseData<Schema extends z.ZodType>(
  { kind, name, text, schema }: { readonly kind: string; readonly name: string; readonly text: string; readonly schema: Schema },
): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${kind} ${name}: not JSON`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new Error(`${kind} ${name}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
