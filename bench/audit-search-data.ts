import type { Engine } from '../packages/server/src/telemetry/engine/engine.ts';

const DAY_MS = 86_400_000;
/** Commands of one insert: what the memory of one query can hold. */
const SLICE = 20_000;

export type AuditPlan = {
  readonly hostIds: readonly string[];
  /** Commands of a day: each is a start and an end. */
  readonly commandsPerDay: number;
  readonly days: number;
  /** End of the data, Unix ms. */
  readonly now: number;
};

/** Days whose commands have their ends: filling all would take twice as long. */
const ENDS_DAYS = 30;

/** What people type: `{…}` are filled in for each command. 67 characters on average. */
const TEMPLATES = [
  'kubectl -n {app} logs deploy/{app}-{word} --since={n}m | grep -i {word} | tail -{n}',
  'systemctl restart {app}.service && journalctl -u {app} -n {n} --no-pager',
  'tail -n {n} -f /var/log/{app}/{word}-{date}.log | grep --line-buffered req-{hex}',
  'curl -fsS https://{app}.internal.example/api/{word}/{hex} -H "X-Request-Id: {hex}"',
  'git -C /srv/{app} log --oneline --since={n}.days -- src/{word}/{word}.ts',
  "find /data/{app}/{word} -type f -name '*.{n}.gz' -mtime +{n} -print0 | xargs -0 ls -lh",
  'ssh deploy@{app}-{n}.example "df -h /data && free -m && uptime"',
  "psql -h db-{n} -U {word} -d {app} -c 'select count(*) from {word} where id > {big}'",
  "awk -F: '$3 > {n} {print $1, $7}' /etc/passwd | sort | uniq -c | sort -rn | head",
  'docker exec -it {app}_{word}_{n} sh -c "cat /etc/{app}/{word}.conf | grep -v ^#"',
  'rsync -av --delete /srv/{app}/{word}/ backup@nas-{n}:/vol/{app}/{date}/{word}/',
  'vim /etc/{app}/conf.d/{word}.yaml',
  'cd /srv/{app}/releases/{date}-{hex} && ls -la {word}',
  'ls -la /var/spool/{app}/{word}',
  'tar czf /tmp/{app}-{word}-{date}.tgz -C /srv/{app} {word} config/{word}.json logs/{hex}',
  'for i in $(seq 1 {n}); do curl -s localhost:{big}/health | jq .{word}.status; sleep {n}; done',
] as const;
const APPS = 'shop pay search cart mail auth users stock billing report media push chat order price geo'.split(' ');
const WORDS =
  'worker error cache index timeout session token batch queue event upload deploy metrics backup router schema invoice login proxy stream retry orders stats import export image thumb resize account profile'.split(
    ' ',
  );

const list = (values: readonly string[]): string => `[${values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(', ')}]`;
const oneOf = (values: readonly string[], random: string): string => `${list(values)}[${random} % ${values.length} + 1]`;

/** Makes the commands of one day (0: today) inside the engine, as plain rows of the table `commands`. Their hashes are random: nobody verifies them. */
export async function generateDay(engine: Engine, plan: AuditPlan, day: number): Promise<void> {
  const from = Math.floor((plan.now - day * DAY_MS) / DAY_MS) * DAY_MS;
  const before = (plan.days - day) * Math.ceil(plan.commandsPerDay / plan.hostIds.length);
  const commands = Math.floor((Math.min(DAY_MS, plan.now - from) / DAY_MS) * plan.commandsPerDay);
  for (let first = 0; first < commands; first += SLICE) {
    await engine.command(
      sliceOfCommands({ from, before, commands, first, hasEnds: day < ENDS_DAYS }, plan.hostIds.length),
      { hostIds: plan.hostIds },
      { max_execution_time: 110, max_partitions_per_insert_block: '0', max_threads: 1 },
    );
  }
}

function sliceOfCommands(
  slice: {
    readonly from: number;
    readonly before: number;
    readonly commands: number;
    readonly first: number;
    readonly hasEnds: boolean;
  },
  hosts: number,
): string {
  const { from, before, commands, first, hasEnds } = slice;
  const spacingUs = Math.floor((DAY_MS * 1_000) / Math.max(1, commands));
  const NULL_NUMBER = '-9007199254740991';
  const fills: readonly (readonly [string, string])[] = [
    ['{app}', oneOf(APPS, 'app')],
    ['{word}', oneOf(WORDS, 'word')],
    ['{n}', 'toString(few)'],
    ['{big}', 'toString(many)'],
    ['{hex}', 'token'],
    ['{date}', `'${new Date(from).toISOString().slice(0, 10)}'`],
  ];
  const filled = fills.reduce((text, [name, value]) => `replaceAll(${text}, '${name}', ${value})`, oneOf(TEMPLATES, 'template'));
  return `INSERT INTO commands (host_id, epoch, sequence, kind, at, session_id, shell_id, shell_pid, shell_sequence, start_of, started_at, shell, text,
      text_form, text_bytes, cwd, exit_code, duration_us, user_name, uid, login_user, login_uid, tty, source_ip, interactive, hidden, redactions,
      cause, detail, missing, previous_hash, hash, source, received_at)
    SELECT {hostIds:Array(String)}[host + 1], 1, 2 * step + isEnd + 1, if(isEnd, 'end', 'start'), began + if(isEnd, took, 0),
      concat('boot-', toString(host), '.s', toString(login)), concat('boot-', toString(host), '.', toString(login), '.1'), 1000 + login % 30000, step,
      if(isEnd, step, ${NULL_NUMBER}), if(isEnd, began, ${NULL_NUMBER}), 'bash', if(isEnd, '', ${filled} AS typed), if(isEnd, 'none', 'text'),
      if(isEnd, ${NULL_NUMBER}, length(typed)), concat('/srv/', ${oneOf(APPS, 'app')}),
      if(isEnd, if(template % 7 = 0 AND few % 5 = 0, 1 + few % 3, 0), ${NULL_NUMBER}), if(isEnd, took, ${NULL_NUMBER}),
      if(login % 5 = 0, 'root', concat('user', toString(login % 200))), if(login % 5 = 0, 0, 1000 + login % 200), concat('user', toString(login % 200)),
      1000 + login % 200, concat('pts/', toString(login % 9)), concat('192.0.2.', toString(login % 250)), 1, if(few = 7, 'leading-space', ''), '', '', '\\0',
      ${NULL_NUMBER}, lower(hex(SHA256(concat(toString(host), ' ', toString(2 * step + isEnd))))), lower(hex(SHA256(concat(toString(host), ' ', toString(2 * step + isEnd + 1))))), 'recorder', intDiv(began, 1000) + 400
    FROM (
      SELECT number % ${hosts} AS host, ${before} + intDiv(number, ${hosts}) AS step, ${from * 1_000} + number * ${spacingUs} + rand(1) % 1000 AS began,
        intDiv(step, 40) * ${hosts} + host AS login, rand(2) % 2000000 AS took, rand(3) AS template, rand(4) AS app, rand(5) AS word, 1 + rand(6) % 60 AS few,
        rand(7) % 1000000 AS many, lower(hex(rand(8))) AS token, ${hasEnds ? 'arrayJoin([0, 1])' : '0'} AS isEnd
      FROM numbers(${first}, ${Math.min(SLICE, commands - first)}))`;
}
