import type { CommandEntry } from './command.ts';

/** All commands. To add one: its file, and its line here. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'the server and a probe on this machine: nothing else to install',
    load: async () => (await import('./up.ts')).upCommand,
  },
  {
    name: 'server',
    summary: 'the server alone: page, API and store',
    load: async () => (await import('./server.ts')).serverCommand,
  },
  {
    name: 'probe',
    summary: 'run as a probe; once: measure one address; batch: measure what comes on standard input',
    load: async () => (await import('./probe.ts')).probeCommand,
  },
  {
    name: 'enrol',
    summary: 'join a server as a probe or a recorder with a one-time token, and run',
    load: async () => (await import('./enrol.ts')).enrolCommand,
  },
  {
    name: 'recorder',
    summary: 'record the commands of this host; hook, dump, status: its parts one by one',
    load: async () => (await import('./recorder.ts')).recorderCommand,
  },
  {
    name: 'verify',
    summary: 'prove that nothing in the command audit was changed or removed',
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  {
    name: 'selfcheck',
    summary: "compare the prober with this machine's curl on a local server",
    load: async () => (await import('./selfcheck.ts')).selfcheckCommand,
  },
];
