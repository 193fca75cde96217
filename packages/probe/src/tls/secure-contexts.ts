import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** Contexts with further authorities that are kept (some megabytes each); the one used longest ago goes first. */
const MAX_CONTEXTS = 16;
/** Key exchange: X25519 first. The hybrid with ML-KEM would double the work and the size of the first message. */
const GROUPS = 'X25519:P-256:P-384:P-521';

/** TLS settings of all measurements, made once: parsing the authorities takes tens of milliseconds. */
export type SecureContexts = {
  /**
   * The context that trusts the authorities of Node and of the system, and those in `caPem`.
   * Throws when `caPem` is not PEM.
   */
  get(caPem: string | null): SecureContext;
};

export function createSecureContexts(): SecureContexts {
  const authorities = [...new Set([...getCACertificates('default'), ...systemAuthorities()])];
  const standard = createSecureContext({ ca: authorities, ecdhCurve: GROUPS });
  const extended = new Map<string, SecureContext>();
  return {
    get(caPem) {
      if (caPem === null) return standard;
      const found = extended.get(caPem) ?? createSecureContext({ ca: [...authorities, caPem], ecdhCurve: GROUPS });
      extended.delete(caPem);
      extended.set(caPem, found);
      const oldest = extended.size > MAX_CONTEXTS ? extended.keys().next().value : undefined;
      if (oldest !== undefined) extended.delete(oldest);
      return found;
    },
  };
}

function systemAuthorities(): readonly string[] {
  try {
    return getCACertificates('system');
  } catch {
    return [];
  }
}
