import { isIPv6 } from 'node:net';
import type { Failure } from '../probers/prober.ts';

/** Why a TCP connection was not made, from the error of the system. */
export function connectFailure(error: NodeJS.ErrnoException, address: string): Failure {
  const text = `${isIPv6(address) ? `[${address}]` : address}: ${error.message}`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return { code: 'connect-refused', text };
    case 'ETIMEDOUT':
      return { code: 'connect-timeout', text };
    case 'ECONNRESET':
    case 'ECONNABORTED':
      return { code: 'connect-reset', text };
    case 'ENETUNREACH':
    case 'ENETDOWN':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return { code: 'network-unreachable', text };
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
      return { code: 'host-unreachable', text };
    case 'EADDRNOTAVAIL':
      // A machine without IPv6 has no address to connect from; with IPv4 it means that no local port is free.
      return { code: isIPv6(address) ? 'network-unreachable' : 'probe-failed', text };
    default:
      return { code: 'probe-failed', text };
  }
}

/** Why an established connection broke. */
export function transferFailure(error: NodeJS.ErrnoException, isSending: boolean): Failure {
  if (error.code === 'ECONNRESET') return { code: 'reset', text: error.message };
  if (error.code === 'EPIPE') return { code: isSending ? 'send-failed' : 'reset', text: error.message };
  if (error.code === 'ETIMEDOUT' || error.code === 'EHOSTUNREACH') return { code: 'reset', text: error.message };
  if (error.code?.startsWith('ERR_SSL') === true) return { code: 'tls-failed', text: error.message };
  return { code: isSending ? 'send-failed' : 'reset', text: `${error.code ?? ''} ${error.message}`.trim() };
}
