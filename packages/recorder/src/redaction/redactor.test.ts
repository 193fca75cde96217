import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor } from './redactor.ts';

const redactor = createRedactor({ key: Buffer.alloc(32, 7) });

/** `@` stands for the secret. */
const TEMPLATES = [
  'mysql -u root -p@ shop',
  "mysqldump --single-transaction -p'@' shop > dump.sql",
  'mysql --password=@ -e "select 1"',
  'psql "postgres://app:@@db.example:5432/shop"',
  'PGPASSWORD=@ psql -h db shop',
  'export AWS_SECRET_ACCESS_KEY=@',
  'export API_TOKEN="@"; ./deploy',
  'curl -u alice:@ https://example.net/',
  "curl -H 'Authorization: Bearer @' https://example.net/",
  'curl -H "X-Api-Key: @" https://example.net/',
  'sshpass -p @ ssh web-1',
  'redis-cli -h cache -a @ info',
  'vault login --token @',
  'app --db-password @ --verbose',
  'openssl enc -aes-256-cbc -pass pass:@ -in a -out b',
  'htpasswd -b /etc/nginx/users alice @',
  'echo "alice:@" | chpasswd',
  "echo '@' | sudo -S systemctl restart nginx",
  'git clone https://oauth2:@@git.example/x.git',
  'cat <<EOF\nDB_PASSWORD=@\nEOF',
  'ldapsearch -x -D cn=admin -w @ -b dc=example',
];

test('no secret of any form is left, the shape stays, and its token is there', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9_%+=,.^~]{6,40}$/).filter((text) => !/^(x+|\.+)$/.test(text));
  fc.assert(
    fc.property(fc.constantFrom(...TEMPLATES), secret, (template, value) => {
      const at = template.indexOf('@');
      const typed = template.slice(0, at) + value + template.slice(at + 1);
      const { text, redactions } = redactor.redact(typed);
      expect(text.slice(at, at + value.length)).toBe('*'.repeat(value.length));
      expect(text.length).toBe(typed.length);
      expect(text.slice(0, at)).toBe(typed.slice(0, at));
      expect(text.slice(at + value.length)).toBe(typed.slice(at + value.length));
      expect(redactions.map((redaction) => redaction.token)).toContain(redactor.tokenOf(value));
    }),
    { numRuns: 2_000 },
  );
});

test('tokens that can be known by their shape', () => {
  const secrets = [
    `ghp_${'a1B2'.repeat(9)}`,
    `glpat-${'x9Y8'.repeat(5)}`,
    'AKIAIOSFODNN7EXAMPLE',
    `xoxb-${'1234567890-'.repeat(3)}abc`,
    `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(40)}.${'c'.repeat(30)}`,
    `sk_live_${'d'.repeat(24)}`,
  ];
  for (const secret of secrets) {
    const { text, redactions } = redactor.redact(`run it with ${secret} now`);
    expect(text).toBe(`run it with ${'*'.repeat(secret.length)} now`);
    expect(redactions[0]?.token).toBe(redactor.tokenOf(secret));
  }
});

test('a private key in a here-document', () => {
  const key = `cat > id <<E\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----\nE`;
  const { text } = redactor.redact(key);
  expect(text).not.toContain('b3BlbnNzaC1rZXk');
  expect(text).toContain('-----END OPENSSH PRIVATE KEY-----');
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
  ];
  for (const text of ordinary) expect(redactor.redact(text)).toEqual({ text, redactions: [] });
});

test('another key gives another token', () => {
  expect(createRedactor({ key: Buffer.alloc(32, 8) }).tokenOf('s3cret')).not.toBe(redactor.tokenOf('s3cret'));
});
