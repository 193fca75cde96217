import type { UnchainedCommand } from '@watchpost/contracts/commands/command';

const TEXTS: readonly ((number: number) => string)[] = [
  (number) => `systemctl status service-${number % 977} --no-pager`,
  (number) => `kubectl get pods -n team-${number % 41} -o wide | grep -v Running`,
  (number) => `tail -n ${number % 500} /var/log/app-${number % 13}/error.log`,
  (number) => `git log --oneline -${number % 30} && git diff HEAD~${number % 7} --stat`,
  () => 'ls -la',
  (number) => `curl -sS -H 'X-Request-Id: ${((number * 2_654_435_761) >>> 0).toString(16)}' http://127.0.0.1:8080/health`,
  (number) => `cd /srv/app-${number % 57}/releases`,
  (number) => `for i in $(seq 1 ${number % 9}); do echo "round $i of ${number}"; sleep 1; done`,
];
const SHELLS = 5;

/** What a host's record of this number says: an odd one is a START, the next one its END. */
export function typedCommand(host: number, number: number): Partial<UnchainedCommand> {
  const command = Math.ceil(number / 2);
  const shell = command % SHELLS;
  const user = `user${(host * SHELLS + shell) % 200}`;
  const startedAt = Date.now() * 1_000;
  const base = {
    sessionId: `s-${host}-${shell}`,
    shellId: `boot.${1_000 + shell}.${host}`,
    shellPid: 1_000 + shell,
    user,
    loginUser: user,
    uid: 1_000 + shell,
    loginUid: 1_000 + shell,
    tty: `pts/${shell}`,
    cwd: `/home/${user}`,
  };
  if (number % 2 === 1) {
    const text = TEXTS[command % TEXTS.length]?.(command) ?? '';
    return { ...base, at: startedAt, text, textBytes: Buffer.byteLength(text), shellSequence: number };
  }
  const durationUs = 1_000 + ((command * 7_919) % 300_000);
  const exitCode = command % 11 === 0 ? 1 : 0;
  const ended = { shellSequence: number, startOf: number - 1, startedAt, at: startedAt + durationUs, durationUs, exitCode };
  return { ...base, kind: 'end', text: null, textBytes: null, ...ended };
}
