// Gives a person's answer to OpenCode.

import type { Reply } from '../core/reply';
import type { Client } from './opencode';
import type { Warn } from './warnings';

const NOT_FOUND = 404;

/** OpenCode then tells all, us too, that the request is answered. */
export async function answer(client: Client, reply: Reply, warn: Warn): Promise<void> {
  try {
    const { response } = await client._client.post({
      path: { requestID: reply.request },
      headers: { 'content-type': 'application/json' },
      ...routeOf(reply.answer),
    });
    const status = response?.status ?? 0;
    // Answered at the machine a moment earlier: no trouble.
    if (status >= 400 && status !== NOT_FOUND)
      warn(`OpenCode refused the reply to ${reply.request} (${status})`);
  } catch (error) {
    warn(`OpenCode could not take the reply to ${reply.request}: ${String(error)}`);
  }
}

function routeOf(answer: Reply['answer']): { url: string; body?: unknown } {
  if (answer.to === 'permission') {
    const { to: _, ...body } = answer;
    return { url: '/permission/{requestID}/reply', body };
  }
  if ('reply' in answer) return { url: '/question/{requestID}/reject' };
  return { url: '/question/{requestID}/reply', body: { answers: answer.answers } };
}
