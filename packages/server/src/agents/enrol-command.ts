import { isLoopbackUrl } from '../http/origin.ts';

/** The command that makes a machine a host of the command audit, to be copied as it is. */
export function hostEnrolCommand(serverUrl: string, token: string): { readonly command: string; readonly insecure: boolean } {
  const { flags, insecure } = transport(serverUrl);
  return { command: `watchpost enrol --kind recorder --server ${serverUrl} --token ${token}${flags}`, insecure };
}

function transport(serverUrl: string): { readonly flags: string; readonly insecure: boolean } {
  const insecure = !serverUrl.startsWith('https:') && !isLoopbackUrl(serverUrl);
  return { flags: insecure ? ' --allow-insecure true' : '', insecure };
}

/**
 * The command that makes a machine an agent of this server, to be copied as it is. An agent refuses plain `http://` over a
 * network unless it is told to take it; then `insecure` is true and the page warns.
 */
export function enrolCommand(
  serverUrl: string,
  token: string,
  vantage: string,
): { readonly command: string; readonly insecure: boolean } {
  const { flags, insecure } = transport(serverUrl);
  return { command: `watchpost enrol --server ${serverUrl} --token ${token} --vantage ${vantage}${flags}`, insecure };
}
