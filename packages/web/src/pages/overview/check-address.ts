import type { Check } from '@watchpost/contracts/targets/check';

/** The address a person knows a check by. The contract has the same as a value, but with all its schemas behind it. */
export function checkAddress(check: Check): string {
  switch (check.kind) {
    case 'http':
      return check.url;
    case 'tcp':
    case 'tls':
      return `${check.kind}://${check.host}:${check.port}`;
    case 'dns':
      return `dns:${check.name} ${check.recordType}`;
    case 'icmp':
      return `icmp:${check.host}`;
  }
}
