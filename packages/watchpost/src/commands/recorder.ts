import { HOOK_SHELLS, hookPath } from '@watchpost/recorder/hooks/hook-files';
import { UsageError } from '../arguments/usage-error.ts';
import type { Command } from './command.ts';

const HELP = `Usage:
  watchpost recorder [--config FILE] [OPTIONS]     run as the recorder this host was enrolled as
  watchpost recorder install [OPTIONS]             make every shell of this machine read its hook, and the recorder a service
  watchpost recorder uninstall [OPTIONS]           undo that: files of others become what they were, to the byte
  watchpost recorder hook bash|zsh|fish            print the path of the hook, to be sourced by that shell
  watchpost recorder dump [--follow] [--json]      print what the shells wrote, as it is in their spool files
  watchpost recorder status [--json]               print the loss budget of this host

watchpost recorder install, uninstall: each step is printed before it is done. Doing it again changes nothing.
  --dry-run                print the steps and end
  --yes                    do not ask; needed where there is no terminal to ask on
  --root DIR               work on the system below DIR (an image, a chroot), without starting or stopping a service

watchpost recorder
  --config FILE            settings as YAML (default: recorder.yaml in the data folder, if there is one)
  --check-config           check the settings and end
  --print-config           print the settings in force and end
  --server URL  --data-dir DIR  --shell-spool DIR  --spool-max-bytes N  --spool-max-age-days N
  --allow-insecure BOOL  --ca-file FILE  --log-level LEVEL
  Each can also be set in the environment: WATCHPOST_RECORDER_DATA_DIR and so on.

Hook and recorder obey WATCHPOST_SPOOL, the folder of the shells' spool files: with it all of this runs without
installation and for any user:
  WATCHPOST_SPOOL=~/spool bash --rcfile <(echo '. "$(watchpost recorder hook bash)"') -i`;

/** `watchpost recorder` and its parts. */
export const recorderCommand: Command = {
  help: HELP,
  run: async (args) => {
    const [part, ...rest] = args;
    switch (part) {
      case 'hook': {
        const shell = HOOK_SHELLS.find((name) => name === rest[0]);
        if (shell === undefined) throw new UsageError(`hook: give one of ${HOOK_SHELLS.join(', ')}`);
        process.stdout.write(`${hookPath(shell)}\n`);
        return 0;
      }
      case 'install':
        return (await import('../recorder/install/install-command.ts')).installCommand(rest);
      case 'uninstall':
        return (await import('../recorder/install/install-command.ts')).uninstallCommand(rest);
      case 'dump':
        return (await import('../recorder/dump-command.ts')).dumpCommand(rest);
      case 'status':
        return (await import('../recorder/status-command.ts')).statusCommand(rest);
      default:
        return (await import('../recorder/run-recorder.ts')).runRecorderCommand(args);
    }
  },
};
