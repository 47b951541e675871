// The certificate that a pairing text vouches for, by its sha256.

import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';

const PATIENCE_MS = 10_000;
const USUAL_PORT: Readonly<Record<string, number>> = { 'mqtts:': 8883, 'wss:': 443 };

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Whether the certificate is one of a PEM text. */
export function holdsCertificate(pem: string, sha256: string): boolean {
  return (pem.match(CERTIFICATE) ?? []).some((one) => {
    try {
      return sha256Of(new X509Certificate(one).raw) === sha256;
    } catch {
      return false;
    }
  });
}

/** Asks the broker for it, in PEM; null: it shows others. Nothing is sent to it. */
export async function fetchCertificate(url: string, sha256: string): Promise<string | null> {
  for (const shown of await chainOf(url)) if (sha256Of(shown) === sha256) return toPem(shown);
  return null;
}

/** Throws if it cannot be reached. */
function chainOf(url: string): Promise<Buffer[]> {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port || USUAL_PORT[protocol]),
      // Whom to trust is what is being found out.
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
    });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(rawOf(socket.getPeerCertificate(true)));
      socket.destroy();
    });
  });
}

function rawOf(first: DetailedPeerCertificate): Buffer[] {
  const chain: Buffer[] = [];
  let next: DetailedPeerCertificate | undefined = first;
  // The last one is its own issuer.
  while (next?.raw && !chain.some((raw) => raw.equals(next?.raw ?? raw))) {
    chain.push(next.raw);
    next = next.issuerCertificate;
  }
  return chain;
}

function toPem(raw: Buffer): string {
  return new X509Certificate(raw).toString().trim();
}

function sha256Of(raw: Buffer): string {
  return createHash('sha256').update(raw).digest('hex');
}
