// Gives a person's answer to OpenCode.

import type { Answer, Reply } from '../core/reply';
import type { Claim } from '../core/requests';
import { cutLine } from '../core/text';
import type { Client } from './opencode';
import type { Outcome } from './replies';

const NOT_FOUND = 404;
const DETAIL_MAX = 200; // bytes

type Addressee = Exclude<Claim, string>;

/** OpenCode then tells all, us too, that the request is answered. */
export async function answer(client: Client, reply: Reply, to: Addressee): Promise<Outcome> {
  if (!reply.answer) return { state: 'refused', reason: 'answers' };
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
    if (status >= 200 && status < 400) return { state: 'answered' };
    // Answered at the machine a moment earlier: no trouble.
    if (status === NOT_FOUND) return { state: 'refused', reason: 'used' };
    const detail = status > 0 ? `OpenCode refused it (${status})` : 'OpenCode did not take it';
    return { state: 'refused', reason: 'answers', detail };
  } catch (error) {
    const detail = `OpenCode could not take it: ${cutLine(String(error), DETAIL_MAX)}`;
    return { state: 'refused', reason: 'answers', detail };
  }
}

function routeOf(answer: Answer): { path: string; body?: unknown } {
  if (answer.to === 'permission') {
    const { to: _, ...body } = answer;
    return { path: '/permission/{requestID}/reply', body };
  }
  if ('reply' in answer) return { path: '/question/{requestID}/reject' };
  return { path: '/question/{requestID}/reply', body: { answers: answer.answers } };
}
