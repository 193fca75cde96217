import { runLocalProbe } from '../server/local-probe.ts';
import { runServer } from '../server/run-server.ts';
import { settingsHelp } from '../server/server-config.ts';
import type { Command } from './command.ts';

/** `watchpost up`: the server and a probe on this machine, nothing else to install. */
export const upCommand: Command = {
  get help() {
    return `Usage: watchpost up [--config FILE] [OPTIONS]

Runs the server and a probe of the vantage point "local" on this machine.

  --config FILE                    settings as YAML
  --check-config                   check the settings and end
  --print-config                   print the settings in force (secrets hidden) and end
${settingsHelp()}`;
  },
  run: (args) => runServer(args, runLocalProbe),
};
