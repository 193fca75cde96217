import { runServer } from '../server/run-server.ts';
import { settingsHelp } from '../server/server-config.ts';
import type { Command } from './command.ts';

/** `watchpost server`: page, API and store, without a probe. */
export const serverCommand: Command = {
  get help() {
    return `Usage: watchpost server [--config FILE] [OPTIONS]

  --config FILE                    settings as YAML
  --check-config                   check the settings and end
  --print-config                   print the settings in force (secrets hidden) and end
${settingsHelp()}

SIGHUP reads the settings file (targets and vantage points) again.`;
  },
  run: (args) => runServer(args, null),
};
