// A tiny MCP server on standard input and output: one tool, which transfers nothing.
import { createInterface } from 'node:readline';

const number = { type: 'number' };
const tool = {
  name: 'transfer',
  description: 'Transfers an amount',
  inputSchema: { type: 'object', properties: { to: { type: 'string' }, amount: number } },
};

/** @param {{ method: string, params?: any }} call */
function answer({ method, params }) {
  if (method === 'initialize')
    return {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'tiny', version: '1' },
    };
  if (method === 'tools/list') return { tools: [tool] };
  if (method === 'tools/call') return { content: [{ type: 'text', text: 'transferred' }] };
  return {};
}

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line);
  if (call.id === undefined) continue;
  process.stdout.write(
    `${JSON.stringify({ jsonrpc: '2.0', id: call.id, result: answer(call) })}\n`,
  );
}
