import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_RULES } from './default-rules.ts';
import { createRedactor, REDACTION_LIMITS } from './redactor.ts';

const redactor = createRedactor({ key: Buffer.alloc(32, 7) });

/** Command lines by the rule that knows them; `§` stands for the secret. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  'url-credentials': ['psql "postgres://app:§@db.example:5432/shop"', 'git clone https://oauth2:§@git.example/x.git'],
  'authorization-header': [
    "curl -H 'Authorization: Bearer §' https://example.net/",
    'http example.net "Authorization:Token §"',
    'curl -H "Proxy-Authorization: Basic §" example.net',
  ],
  'header-token': ['curl -H "X-Api-Key: §" https://example.net/', 'curl --header "PRIVATE-TOKEN: §" git.example'],
  'cookie-header': ['curl -H "Cookie: §" example.net'],
  'cookie-argument': ['curl -b session=§ example.net', 'curl -s --cookie "sid=§" example.net'],
  'json-secret': [
    `curl -d '{"user":"a","password":"§"}' example.net`,
    'curl -d "{\\"api_key\\": \\"§\\"}" example.net',
    `echo '{"client_secret": "§"}' > x.json`,
  ],
  'yaml-secret': ['cat > a.yml <<E\ndb:\n  password: §\nE', 'cat > a.yml <<E\n- api_token: "§"\nE'],
  'secret-variable': [
    'PGPASSWORD=§ psql -h db shop',
    'MYSQL_PWD=§ mysql shop',
    'export AWS_SECRET_ACCESS_KEY=§',
    'export API_TOKEN="§"; ./deploy',
    'docker run -e DB_PASSWORD=§ app',
    'java -Dspring.datasource.password=§ -jar app.jar',
    'cat <<EOF\nDB_PASSWORD=§\nEOF',
    "curl -d 'user=a&password=§' example.net",
    'GITHUB_TOKEN=§ gh repo list',
    'mount -t cifs //nas/x /mnt -o username=a,password=§',
  ],
  'fish-variable': ['set -gx DB_PASSWORD §', 'setenv API_TOKEN §'],
  'password-argument': [
    'mysql --password=§ -e "select 1"',
    'vault login --token §',
    'kubectl --token=§ get pods',
    'app --db-password § --verbose',
    'svn co --username a --password § url',
    'keytool -list -keystore k -storepass §',
    'az storage blob list --account-key §',
    "gpg --batch --passphrase '§' -d x.gpg",
    'openssl x -passwd §',
  ],
  'config-secret': [
    'aws configure set aws_secret_access_key §',
    'npm config set //registry.example/:_authToken §',
    'git config --global x.token §',
  ],
  'mysql-password': [
    'mysql -u root -p§ shop',
    "mysqldump --single-transaction -p'§' shop > dump.sql",
    'mariadb -h db -p§',
    'mysqladmin -u root -p"§" status',
  ],
  'mongo-password': ['mongosh -u admin -p § shop', 'mongodump -u a -p§'],
  'sshpass-password': ['sshpass -p § ssh web-1', 'sshpass -p§ scp a b:'],
  'login-password': [
    'docker login -u a -p § registry.example',
    'helm registry login example -u a -p §',
    'az login -u a@example -p §',
    'podman login -p§ quay.example',
  ],
  'user-password': [
    'curl -u alice:§ https://example.net/',
    'curl -sS --user "alice:§" example.net',
    'http -a alice:§ example.net',
    'curl --proxy-user=a:§ x',
  ],
  'percent-password': ['smbclient //nas/share -U alice%§'],
  'ldap-password': ['ldapsearch -x -D cn=admin -w § -b dc=example'],
  'redis-password': ['redis-cli -h cache -a § info', 'redis-cli AUTH §'],
  'openssl-password': ['openssl enc -aes-256-cbc -pass pass:§ -in a -out b', 'openssl rsa -passin pass:§ -in k'],
  'openssl-key': ['openssl enc -aes-256-cbc -k § -in a'],
  'htpasswd-password': ['htpasswd -b /etc/nginx/users alice §', 'htpasswd -nbB alice §'],
  'capital-p-password': ['zip -r -P § a.zip dir', 'ipmitool -I lanplus -U a -P § power status', 'sqlcmd -S db -U sa -P §'],
  'archive-password': ['7z a -p§ x.7z dir', 'rar a -hp§ x.rar dir'],
  'user-account-password': ['useradd -m -p § alice'],
  'snmp-secret': ['snmpwalk -v2c -c § host', 'snmpget -v3 -u a -A § host'],
  'oracle-password': ['sqlplus scott/§@db', 'sqlplus scott/§'],
  'rdp-password': ['xfreerdp /u:a /p:§ /v:host'],
  'wifi-password': ['nmcli dev wifi connect "my net" password §', 'wpa_passphrase mynet §'],
  'rabbitmq-password': ['rabbitmqctl add_user alice §'],
  'sql-password': [`mysql -e "create user a identified by '§'"`, `psql -c "alter user app with password '§'"`],
  'chpasswd-input': ['echo "alice:§" | chpasswd', 'echo alice:§ | sudo chpasswd'],
  'password-input': [
    "echo '§' | sudo -S systemctl restart nginx",
    'echo § | docker login -u a --password-stdin',
    'echo "§" | passwd --stdin alice',
    "printf '%s' '§' | cryptsetup luksOpen /dev/sdb x",
    'echo § | kinit alice',
  ],
  'here-string-input': ['sudo -S true <<< §', 'docker login -u a --password-stdin <<< "§"'],
};
const FORMS = Object.entries(TEMPLATES).flatMap(([rule, templates]) => templates.map((template) => ({ rule, template })));

test('no secret of any form is left, the shape stays, and its token is there', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9_%+=,.^~]{6,40}$/).filter((text) => !/^(x+|\.+)$/.test(text));
  fc.assert(
    fc.property(fc.constantFrom(...FORMS), secret, ({ template }, value) => {
      const at = template.indexOf('§');
      const typed = template.slice(0, at) + value + template.slice(at + 1);
      const { text, redactions } = redactor.redact(typed);
      expect(text.slice(at, at + value.length)).toBe('*'.repeat(value.length));
      expect(text.length).toBe(typed.length);
      expect(text.slice(0, at)).toBe(typed.slice(0, at));
      expect(text.slice(at + value.length)).toBe(typed.slice(at + value.length));
      expect(redactions.map((redaction) => redaction.token)).toContain(redactor.tokenOf(value));
    }),
    { numRuns: 5_000, seed: 20_261_125 },
  );
});

const hex = (length: number) => 'a1b2c3d4e5f60789'.repeat(8).slice(0, length);
const letters = (length: number) => 'aB3dE5gH1jK7mN9p'.repeat(8).slice(0, length);
/** Tokens by the rule that knows them wherever they stand. Put together here, so that no scanner takes them for real. */
const SHAPES: readonly (readonly [rule: string, token: string])[] = [
  ['aws-key', ['AKIA', 'IOSFODNN7EXAMPLE'].join('')],
  ['github-token', `ghp_${letters(36)}`],
  ['github-token', `github_pat_${letters(40)}`],
  ['gitlab-token', `glpat-${letters(20)}`],
  ['slack-token', `xoxb-${'1234567890-'.repeat(3)}abc`],
  ['google-key', `AIza${letters(35)}`],
  ['google-key', `ya29.${letters(40)}`],
  ['azure-key', `abc8Q~${letters(34)}`],
  ['alibaba-tencent-key', `LTAI${letters(20)}`],
  ['stripe-key', `sk_live_${letters(24)}`],
  ['npm-token', `npm_${letters(36)}`],
  ['pypi-token', `pypi-${letters(60)}`],
  ['openai-key', `sk-${letters(40)}`],
  ['hashicorp-token', `hvs.${letters(30)}`],
  ['sendgrid-key', `SG.${letters(22)}.${letters(43)}`],
  ['telegram-token', `123456789:AA${letters(33)}`],
  ['service-token', `hf_${letters(34)}`],
  ['service-token', `dop_v1_${hex(64)}`],
  ['service-token', `dckr_pat_${letters(27)}`],
  ['age-key', `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0'.repeat(4)}`],
  ['json-web-token', `eyJ${letters(20)}.eyJ${letters(40)}.${letters(30)}`],
];
const KNOWN_BY_SHAPE: ReadonlySet<string> = new Set([...SHAPES.map(([rule]) => rule), 'private-key', 'webhook-url']);

test.each(FORMS)('$rule: $template', ({ rule, template }) => {
  const { text, redactions } = redactor.redact(template.replace('§', 'S3cret_w0rd'));
  expect(text).toBe(template.replace('§', '***********'));
  expect(redactions).toEqual([{ rule, at: template.indexOf('§'), length: 11, token: redactor.tokenOf('S3cret_w0rd') }]);
});

test('a text with too many secrets is masked as a whole', () => {
  const typed = 'curl -u a:b12345 x\n'.repeat(REDACTION_LIMITS.secrets + 1);
  const { text, redactions } = redactor.redact(typed);
  expect(text).toBe('*'.repeat(typed.length));
  expect(redactions).toMatchObject([{ rule: 'too-many-secrets', at: 0, length: typed.length }]);
});

/** All that any rule looks for, again and again. */
const ALL_HINTS = `${DEFAULT_RULES.flatMap(({ hints, needs = '' }) => [...hints, needs]).join(' ')} `;

test('in turns a text is masked as at once, wherever the secrets stand, and others have their turns meanwhile', async () => {
  const secrets = ['curl -u a:f1rstOne x\n', 'mysql -u root -ps3condOne shop\n', 'export API_TOKEN=th1rdOne\n'];
  const filler = ALL_HINTS.repeat(Math.ceil(100_000 / ALL_HINTS.length));
  const text = `${secrets[0]}${filler}\n${secrets[1]}${filler}\n${secrets[2]}`;
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const masked = await redactor.redactInTurns(text, new AbortController().signal);
  isDone = true;
  expect(turns).toBeGreaterThan(5);
  expect(masked).toEqual(redactor.redact(text));
  for (const secret of ['f1rstOne', 's3condOne', 'th1rdOne']) expect(masked.text).not.toContain(secret);
});

test('what is masked in turns ends when it is told to', async () => {
  const ending = new AbortController();
  const masking = redactor.redactInTurns(ALL_HINTS.repeat(200), ending.signal);
  ending.abort(new Error('enough'));
  await expect(masking).rejects.toThrow('enough');
});

test('every rule has a name of its own, and an example here', () => {
  const names = DEFAULT_RULES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !(name in TEMPLATES) && !KNOWN_BY_SHAPE.has(name))).toEqual([]);
});

test('tokens that can be known by their shape', () => {
  for (const [rule, secret] of SHAPES) {
    const { text, redactions } = redactor.redact(`run it with ${secret} now`);
    expect(text).toBe(`run it with ${'*'.repeat(secret.length)} now`);
    expect(redactions).toMatchObject([{ rule, token: redactor.tokenOf(secret) }]);
  }
});

test('a private key in a here-document', () => {
  const key = `cat > id <<E\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----\nE`;
  const { text } = redactor.redact(key);
  expect(text).not.toContain('b3BlbnNzaC1rZXk');
  expect(text).toContain('-----END OPENSSH PRIVATE KEY-----');
});

test('an option that is given more than once in one command: each secret of it', () => {
  const lines = [
    'snmpget -v3 -A first-secret -X second-secret host',
    'snmpget -A first-secret -X second-secret -c third-secret host; snmpwalk -c fourth-secret',
    'ldapsearch -w first-secret -w second-secret -x',
    'curl -u ann:first-secret --proxy-user bob:second-secret https://shop.example/',
    'curl -b a=first-secret -b b=second-secret https://shop.example/',
  ];
  for (const line of lines)
    expect(redactor.redact(line).text).toBe(line.replaceAll(/\w+-secret/g, (found) => '*'.repeat(found.length)));
});

test('a secret within an address: a web hook, a signed link, an account key', () => {
  const lines = [
    ['curl -X POST https://hooks.slack.com/services/', `T0/B0/${letters(24)}`],
    ['curl "https://x.blob.core.windows.net/a?sp=r&sig=', letters(40)],
    ['export CONNECTION="AccountName=a;AccountKey=', `${letters(60)}==`],
  ] as const;
  for (const [before, secret] of lines) {
    expect(redactor.redact(`${before}${secret}" more`).text).toBe(`${before}${'*'.repeat(secret.length)}" more`);
  }
});

test('what is no secret stays readable', () => {
  const ordinary = [
    'ls -la /etc',
    'mkdir -p a/b',
    'cp -p a b',
    'ssh -p 2222 web-1',
    'mysql -u root -p',
    'PGPASSWORD=$PW psql',
    'mysql --password="$PW"',
    'curl -u alice https://example.net',
    'grep -r password /etc',
    'systemctl status sshd',
    'git push origin main',
    'tar -xpf a.tar',
    'docker run -p 80:80 nginx',
    'kubectl get secret db -o yaml',
    'cat /etc/passwd',
    'passwd alice',
    'openssl rand -hex 32',
    'echo hello | sudo tee /etc/motd',
    'ssh-keygen -t ed25519',
    'find . -name "*.key"',
    'git log --author=alice',
    'vim ~/.ssh/authorized_keys',
    'curl http://example.net:8080/a@b',
    'scp a user@host:b',
    'awk -F: "{print $1}" /etc/passwd',
    'python train.py --tokenizer=bert --max-tokens=5',
    'echo $PWD; PWD=/tmp OLDPWD=/var make',
    'app --password-file /run/secrets/db --token-file=/run/t --key-path=/k',
    'export TOKEN_URL=https://example.net/token SECRET_NAME=db',
    'docker run -p 8080:80 -v a:/b nginx; docker login registry.example',
    'docker build -t a:b .',
    'tar -cpzf a.tgz -C /srv .',
    'ps -p 1 -o pid,args',
    'useradd -m alice; id -u alice',
    'nmap -p 22,80 host; nc -u host 53',
    'kubectl create secret generic db --from-file=a',
    'rsync -aP a/ host:b/',
    'zip -r a.zip dir; unzip a.zip',
    'redis-cli -h cache info',
    'openssl x509 -in a.pem -noout -text',
    'smbclient -L nas -U alice',
    'git commit -m "fix: password reset"',
    'cat <<E\n# about the token: none\npasswordPolicy: strict\nE',
    'less /var/log/auth.log | grep "Failed password for"',
    'set -x; set -e; set -o pipefail',
    'curl -o /dev/null -w "%{http_code}" https://example.net',
    'mysql -u root -p shop < dump.sql',
    'sqlplus / as sysdba',
    'ssh-add -l; ssh -i ~/.ssh/key host',
    'helm upgrade --set image.tag=v1 app chart',
    'date +%s%N',
    'history | tail -5',
    'vault kv get -field=password secret/app',
  ];
  for (const text of ordinary) expect(redactor.redact(text)).toEqual({ text, redactions: [] });
});

test('another key gives another token', () => {
  expect(createRedactor({ key: Buffer.alloc(32, 8) }).tokenOf('s3cret')).not.toBe(redactor.tokenOf('s3cret'));
});
