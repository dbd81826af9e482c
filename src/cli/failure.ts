// How a command ends when it cannot do what it was asked.

/** Exit codes; docs/operations.md tells an operator what each asks for. */
export const exitCodes = {
  /** The gateway or the store refused the request, or something failed that no code stands for. */
  failed: 1,
  /** A command, option or setting that is wrong: nothing was started, trying again changes nothing. */
  usage: 2,
  /** No gateway answers where one should be, or it does not know the admin token. */
  'gateway-unreachable': 3,
  /** The data folder is in use, unreadable, not writable, or of a newer version. */
  'data-unusable': 4,
  /** An address or port cannot be listened on. */
  'port-unusable': 5,
  /** A clean stop took longer than `limits.stopMs`; nothing accepted is lost. */
  'stop-overdue': 6,
} as const;

export type ExitReason = keyof typeof exitCodes;

export interface CommandFailureOptions {
  readonly exit: ExitReason;
  /** Stable code of docs/errors.md; absent where `exit` says it all. */
  readonly code?: string;
  readonly cause?: unknown;
}

/** Its message is for the person at the terminal: what was wrong and what would be right, one line each. */
export class CommandFailure extends Error {
  readonly exit: ExitReason;
  readonly code: string | undefined;

  constructor(message: string, options: CommandFailureOptions) {
    super(message, { cause: options.cause });
    this.name = 'CommandFailure';
    this.exit = options.exit;
    this.code = options.code;
  }
}

/** The lines for standard error: for people each begins with the program's name, for programs each is a JSON object. */
export function failureText({ message, exit, code }: CommandFailure, form: 'text' | 'json'): string {
  // These two say nothing that the message does not.
  const shown = code ?? (exit === 'usage' || exit === 'failed' ? undefined : exit);
  const line =
    form === 'json'
      ? (text: string) => JSON.stringify({ code: code ?? exit, message: text })
      : (text: string) => `lowbeat: ${text}${shown === undefined ? '' : ` [${shown}]`}`;
  return message
    .split('\n')
    .map((text) => `${line(text)}\n`)
    .join('');
}
