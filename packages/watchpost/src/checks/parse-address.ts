import { badArgument } from '../arguments/usage-error.ts';

/** The forms of an address, for help texts. */
export const ADDRESS_FORMS = 'http://… https://… tcp://HOST:PORT tls://HOST[:PORT] dns:NAME[?type=AAAA] icmp:HOST';

/** Reads an address into the fields of a check that it says. Throws a UsageError. */
export function parseAddress(argument: string, text: string): Record<string, unknown> {
  if (/^https?:\/\//i.test(text)) return { kind: 'http', url: text };
  const dns = /^dns:(?:\/\/)?([^?]+)(?:\?type=([A-Za-z]+))?$/.exec(text);
  if (dns?.[1] !== undefined) {
    return { kind: 'dns', name: dns[1], ...(dns[2] === undefined ? {} : { recordType: dns[2].toUpperCase() }) };
  }
  const icmp = /^(?:icmp|ping):(?:\/\/)?\[?([^\]/?]+)\]?$/.exec(text);
  if (icmp?.[1] !== undefined) return { kind: 'icmp', host: icmp[1] };
  const stream = /^(tcp|tls):\/\/(?:\[([^\]]+)\]|([^:/?#]+))(?::(\d{1,5}))?\/?$/.exec(text);
  const [, kind, literal, name, port] = stream ?? [];
  const host = literal ?? name;
  if (kind !== undefined && host !== undefined && (port !== undefined || kind === 'tls')) {
    return { kind, host, ...(port === undefined ? {} : { port: Number(port) }) };
  }
  throw badArgument(argument, text, `must be one of: ${ADDRESS_FORMS}`);
}
