import { ADDRESS_FORMS } from '../checks/parse-address.ts';
import { RULE_FORMS } from '../checks/parse-rule.ts';
import type { Command } from './command.ts';

const HELP = `Usage:
  watchpost probe [--config FILE] [OPTIONS]          run as the probe this machine was enrolled as
  watchpost probe once URL [OPTIONS] [--json]        measure one address and print the result
  watchpost probe batch [OPTIONS]                    measure checks from standard input (NDJSON)

watchpost probe
  --config FILE            settings as YAML (default: probe.yaml in the data folder, if there is one)
  --check-config           check the settings and end
  --print-config           print the settings in force (secrets hidden) and end
  --server URL  --data-dir DIR  --spool-max-bytes N  --spool-max-age-days N  --max-in-flight N
  --overload-ms N  --metrics-listen HOST:PORT  --allow-insecure BOOL  --ca-file FILE  --log-level LEVEL
  Each can also be set in the environment: WATCHPOST_PROBE_DATA_DIR and so on.

watchpost probe once
  URL                      ${ADDRESS_FORMS}
  --json                   the whole result as one line of JSON
  --rule RULE              repeatable; one of
${RULE_FORMS.map((form) => `                             ${form}`).join('\n')}
  --resolver IP[:PORT]     ask this name server instead of the system's
  --ip any|4|6|both        address family
  --timeout 10s            total timeout; --connect-timeout 5s: name lookup, connect and TLS
  --method M  --header 'NAME: VALUE'  --body TEXT  --http auto|1.1|2  --max-redirects 5
  --insecure               certificate errors are no failure; --ca FILE: trust these authorities too
  --server-name NAME       for tls://   --count N: for icmp:
  --overload-ms N          a timing that is uncertain by more says nothing of the target (default 50)
  Exit code: 0 up or degraded, 1 not up, 2 wrong usage.

watchpost probe batch
  Reads lines {"id"?, "check": {...}}, a bare check, or {"url": "…", "rules"?: [...]}; prints a result a line, with the id
  as targetId. A bad line gives {"error": {...}} in its place and the rest goes on.
  --rate N                 measurements started in a second (default: no limit)
  --concurrency N          measurements under way at once (default 64)
  --overload-ms N          as above
  Exit code: 0, or 2 when a line was bad.`;

/** `watchpost probe`, `probe once` and `probe batch`. */
export const probeCommand: Command = {
  help: HELP,
  run: async (args) => {
    if (args[0] === 'once') return (await import('../once/probe-once.ts')).probeOnce(args.slice(1));
    if (args[0] === 'batch') return (await import('../batch/probe-batch.ts')).probeBatch(args.slice(1));
    return (await import('../agent/run-probe.ts')).runProbeCommand(args);
  },
};
