// Gives a person's answer to OpenCode.

import type { Reply } from '../core/reply';
import type { Claim } from '../core/tracker';
import type { Client } from './opencode';
import type { Warn } from './warnings';

const NOT_FOUND = 404;

type Addressee = Exclude<Claim, string>;

/** OpenCode then tells all, us too, that the request is answered. */
export async function answer(
  client: Client,
  reply: Reply,
  to: Addressee,
  warn: Warn,
): Promise<void> {
  const { path, body } = routeOf(reply.answer);
  const prefix = to.api === 'v2' ? '/api/session/{sessionID}' : '';
  try {
    const { response } = await client._client.post({
      url: `${prefix}${path}`,
      path: { requestID: reply.request, sessionID: to.session },
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body }),
    });
    const status = response?.status ?? 0;
    // Answered at the machine a moment earlier: no trouble.
    if (status >= 400 && status !== NOT_FOUND)
      warn(`OpenCode refused the reply to ${reply.request} (${status})`);
  } catch (error) {
    warn(`OpenCode could not take the reply to ${reply.request}: ${String(error)}`);
  }
}

function routeOf(answer: Reply['answer']): { path: string; body?: unknown } {
  if (answer.to === 'permission') {
    const { to: _, ...body } = answer;
    return { path: '/permission/{requestID}/reply', body };
  }
  if ('reply' in answer) return { path: '/question/{requestID}/reject' };
  return { path: '/question/{requestID}/reply', body: { answers: answer.answers } };
}
