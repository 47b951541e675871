// The part of OpenCode's plugin interface that is used here. Its published
// types describe an older event set and would bring a large dependency.

/** Each call may fail, hang, or answer anything. */
export interface Client {
  /** For what the client has no method of its own: replies. */
  _client: {
    post(call: {
      url: string;
      path: Record<string, string>;
      body?: unknown;
      headers: Record<string, string>;
    }): Promise<{ response?: { status?: number } }>;
  };
  session: {
    get(call: { path: { id: string } }): Promise<{ data?: unknown }>;
  };
  app: {
    log(call: {
      body: { service: string; level: 'warn' | 'info'; message: string };
    }): Promise<unknown>;
  };
  tui: {
    showToast(call: {
      body: { title: string; message: string; variant: 'warning' | 'info' };
    }): Promise<unknown>;
  };
}

export interface PluginInput {
  client: Client;
  directory: string;
  worktree: string;
}

export interface Hooks {
  event(input: { event: unknown }): Promise<void>;
  'tool.execute.before'(call: unknown, given: unknown): Promise<void>;
  dispose(): Promise<void>;
}
