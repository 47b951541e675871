// Where this page may connect to, as the browser enforces it: itself, and its broker.

/** What a policy calls a broker; it knows no IPv6 addresses. */
function sourceOf(ws: string): string {
  const { protocol, hostname, origin } = new URL(ws);
  return hostname.startsWith('[') ? protocol : origin;
}

/**
 * From here on no script of this page reaches another broker: a policy that was added cannot be taken
 * back before the page is loaded again.
 */
export function limitTo(ws: string): void {
  const policy = document.createElement('meta');
  policy.httpEquiv = 'Content-Security-Policy';
  policy.content = `connect-src 'self' ${sourceOf(ws)}`;
  document.head.append(policy);
}

/** @returns a promise that ends if the page's own server forbids this broker */
export function forbidden(ws: string, signal: AbortSignal): Promise<void> {
  return new Promise((told) => {
    const look = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent) => {
      const isConnection = effectiveDirective === 'connect-src';
      if (isConnection && blockedURI.startsWith(new URL(ws).protocol)) told();
    };
    document.addEventListener('securitypolicyviolation', look, { signal });
  });
}
