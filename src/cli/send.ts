import type { Command } from 'commander';
import * as z from 'zod';

import { urgencies } from '../core/frames.js';
import { limits } from '../core/limits.js';
import { CommandFailure } from './failure.js';
import { addAccessOptions, requireGateway } from './operator-access.js';
import type { AccessFlags } from './operator-access.js';
import { printOne } from './output.js';
import { accepted } from './registry-command.js';

interface SendFlags extends AccessFlags {
  readonly urgency: string;
  readonly ttl: string;
  readonly topic?: string;
  readonly json?: boolean;
}

const optionsSchema = z.object({
  urgency: z.enum(urgencies, `one of ${urgencies.join(', ')}`),
  ttl: z
    .string()
    .regex(/^\d+$/, `a whole number of seconds from 0 to ${limits.ttlSeconds}`)
    .transform(Number)
    .refine((ttl) => ttl <= limits.ttlSeconds, `a whole number of seconds from 0 to ${limits.ttlSeconds}`),
  topic: z.string().optional(),
});

export function registerSend(program: Command): void {
  addAccessOptions(program.command('send <uid> <message>'))
    .description('send a notification to the devices of a user, in the name of the app that the uid belongs to')
    .option('--urgency <urgency>', urgencies.join(', '), 'normal')
    .option('--ttl <seconds>', 'how long it may wait for a device; 0: now or never', String(limits.ttlSeconds))
    .option('--topic <topic>', 'replaces a waiting notification of the same topic')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', "\nExample:\n  lowbeat send uid_… 'The build is done' --urgency high --ttl 3600")
    .action((uid: string, message: string, flags: SendFlags) => send(uid, message, flags));
}

async function send(uid: string, message: string, flags: SendFlags): Promise<void> {
  const options = optionsSchema.safeParse(flags);
  if (!options.success) {
    const mistakes = options.error.issues.map(({ path, message: allowed }) => {
      const name = String(path[0]);
      return `--${name} is ${JSON.stringify(Reflect.get(flags, name))}: must be ${allowed}`;
    });
    throw new CommandFailure(mistakes.join('\n'), { exit: 'usage', code: 'bad-option' });
  }
  const { urgency, ttl, topic = '' } = options.data;
  const gateway = await requireGateway(flags);
  accepted(await gateway.send({ uid, message, urgency, ttl, topic }));
  printOne(flags, { accepted: true, uid }, [['accepted', uid]]);
}
