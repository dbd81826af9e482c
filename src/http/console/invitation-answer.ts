import { limits } from '../../core/limits.js';
import { done } from '../../gateway/outcome.js';
import type { Registry } from '../../gateway/registry.js';
import type { Accounts } from '../account/accounts.js';
import { refuse, registryProblem } from '../problem.js';
import type { Answer, Problem } from '../problem.js';

/** A one-time token: for a new account, or, with `user` (name or id), for one that is there. Rejects with StoreError. */
export async function invitationAnswer(
  { accounts, registry }: { readonly accounts: Accounts; readonly registry: Registry },
  { operator, user }: { readonly operator: boolean; readonly user?: string },
): Promise<Answer<Invited>> {
  const found = user === undefined ? undefined : await registry.user(user);
  if (found?.ok === false) return refuse(registryProblem(found.error));
  const made = await accounts.invitations.make({ operator, ...(found && { user: found.value.id }) });
  if (made === 'unknown-user') return refuse({ status: 404, code: 'unknown-user', detail: 'the user is gone' });
  return made === 'too-many' ? refuse(tooMany) : done({ ...made, url: `${accounts.publicUrl}/join#${made.token}` });
}

interface Invited {
  readonly token: string;
  readonly expiresAtMs: number;
  /** To be opened in a browser. */
  readonly url: string;
}

const tooMany: Problem = {
  status: 409, code: 'too-many-invitations', detail: `${limits.invitations} invitations are open, which is the most; some end by themselves within a week`,
};
