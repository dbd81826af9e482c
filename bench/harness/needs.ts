// Peers that must be installed. A benchmark without one says how to get it, and tells the figures of the others.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Subject } from '../subjects/subject.js';
import { mosquitto, mosquittoProgram } from '../subjects/mosquitto.js';
import type { Context } from './benchmark.js';
import { projectFolder } from './processes.js';

interface SystemNeeds {
  readonly describeBenchNeed: (program: string) => string;
}

/** Those of `subjects` that are there; the context is told of the others. */
export async function present(context: Context, subjects: readonly Subject[]): Promise<readonly Subject[]> {
  if (!subjects.includes(mosquitto) || mosquittoProgram() !== undefined) return subjects;
  // Plain JavaScript, as everything that must run before the build.
  const { describeBenchNeed } = (await import(pathToFileURL(join(projectFolder, 'tools/system-needs.js')).href)) as SystemNeeds;
  context.note(describeBenchNeed('mosquitto'));
  return subjects.filter((subject) => subject !== mosquitto);
}
