/** A secret's surroundings. The pattern is RE2; its group 1 is the secret. */
export type RedactionRule = {
  readonly name: string;
  /** The pattern is tried only where one of these occurs, in any case. */
  readonly hints: readonly string[];
  readonly pattern: string;
};

/** A value as a shell takes it: quoted or bare. What is expanded later ($VAR, $(…), `…`) is told apart afterwards. */
const VALUE = `("(?:[^"\\\\]|\\\\.)*"|'[^']*'|(?:[^\\s"'\\\\;|&<>()]|\\\\.)+)`;

/** In this order: what one rule has masked, the next one does not see. */
export const DEFAULT_RULES: readonly RedactionRule[] = [
  {
    name: 'private-key',
    hints: ['private key-----'],
    pattern: '-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----([\\s\\S]*?)(?:-----END|$)',
  },
  {
    name: 'url-credentials',
    hints: ['://'],
    pattern: '[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^\\s/:@"\']*:([^\\s/@"\']+)@',
  },
  {
    name: 'authorization-header',
    hints: ['authorization'],
    pattern: '(?i:(?:proxy-)?authorization["\']?\\s{0,4}[:=]\\s{0,4}["\']?(?:basic|bearer|token|digest)?\\s{0,4})([^\\s"\']{4,})',
  },
  {
    name: 'header-token',
    hints: ['api-key', 'apikey', 'auth-token', 'private-token', 'vault-token', 'access-token'],
    pattern:
      '(?i:x-(?:api-key|auth-token|vault-token|access-token)|private-token|api-?key)["\']?\\s{0,4}:\\s{0,4}["\']?([^\\s"\']{4,})',
  },
  {
    name: 'secret-variable',
    hints: ['pass', 'pwd', 'secret', 'token', 'key', 'credential'],
    pattern: `(?i:\\b[a-z0-9_]*(?:passw(?:or)?d|passphrase|_pwd|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)[a-z0-9_]{0,32})=${VALUE}`,
  },
  {
    name: 'password-argument',
    hints: [
      '--pass',
      '--pwd',
      '--secret',
      '--token',
      '--api-key',
      '--apikey',
      '--access-key',
      '--private-key',
      '--auth',
      '--client-secret',
      '--db-pass',
    ],
    pattern: `(?:^|\\s)--(?i:[a-z0-9-]{0,40}(?:password|passwd|passphrase|pwd|secret|token|api-?key|access-key|secret-key|auth-key))(?:=|\\s+)${VALUE}`,
  },
  {
    name: 'mysql-password',
    hints: ['mysql', 'mariadb', 'mycli', 'mydumper', 'xtrabackup'],
    pattern:
      '\\b(?:mysql|mariadb|mycli|mydumper|xtrabackup)[a-z_-]{0,20}\\s(?:[^\\n;|&]*\\s)?-p([^\\s;|&"\']+|"[^"]*"|\'[^\']*\')',
  },
  { name: 'sshpass-password', hints: ['sshpass'], pattern: `\\bsshpass\\s+(?:-v\\s+)?-p\\s*${VALUE}` },
  {
    name: 'user-password',
    hints: ['-u', '--user', '--proxy-user', '-U'],
    pattern:
      '(?:\\b(?:curl|http|https|wget|ab)\\b[^\\n;|&]*?\\s(?:-u|-U|--user|--proxy-user)(?:=|\\s*)["\']?[^\\s:"\']+):([^\\s"\']+)',
  },
  { name: 'ldap-password', hints: ['ldap'], pattern: `\\bldap[a-z]{3,20}\\s(?:[^\\n;|&]*\\s)?-w\\s*${VALUE}` },
  { name: 'redis-password', hints: ['redis-cli'], pattern: `\\bredis-cli\\s(?:[^\\n;|&]*\\s)?(?:-a|--pass)\\s*${VALUE}` },
  { name: 'openssl-password', hints: ['pass:'], pattern: '\\bpass:([^\\s"\';|&]+)' },
  {
    name: 'htpasswd-password',
    hints: ['htpasswd'],
    pattern: `\\bhtpasswd\\s+-[a-zA-Z]{0,10}b[a-zA-Z]{0,10}\\s+(?:-[a-zA-Z0-9]+\\s+)*\\S+\\s+\\S+\\s+${VALUE}`,
  },
  {
    name: 'chpasswd-input',
    hints: ['chpasswd'],
    pattern: '\\b(?:echo|printf)\\s+(?:-[a-zA-Z]+\\s+)?["\']?[^\\s:"\']+:([^"\'|\\n]+?)["\']?\\s*\\|\\s*(?:sudo\\s+)?chpasswd',
  },
  {
    name: 'sudo-input',
    hints: ['sudo'],
    pattern: `\\b(?:echo|printf)\\s+(?:-[a-zA-Z]+\\s+)?${VALUE}\\s*\\|\\s*sudo\\s+(?:-[a-zA-Z]+\\s+)*(?:-[a-zA-Z]*S|--stdin)`,
  },
  {
    name: 'passwd-input',
    hints: ['passwd --stdin'],
    pattern: `\\b(?:echo|printf)\\s+(?:-[a-zA-Z]+\\s+)?${VALUE}\\s*\\|\\s*(?:sudo\\s+)?passwd\\s+--stdin`,
  },
  { name: 'aws-key', hints: ['AKIA', 'ASIA'], pattern: '\\b((?:AKIA|ASIA)[A-Z0-9]{16})\\b' },
  {
    name: 'github-token',
    hints: ['gh', 'github_pat_'],
    pattern: '\\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})',
  },
  { name: 'gitlab-token', hints: ['glpat-', 'gldt-', 'glrt-'], pattern: '\\b(gl(?:pat|dt|rt)-[A-Za-z0-9_-]{16,})' },
  { name: 'slack-token', hints: ['xox'], pattern: '\\b(xox[abeoprs]-[A-Za-z0-9-]{10,})' },
  { name: 'google-key', hints: ['AIza'], pattern: '\\b(AIza[A-Za-z0-9_-]{35})' },
  { name: 'stripe-key', hints: ['sk_', 'rk_'], pattern: '\\b([sr]k_(?:live|test)_[A-Za-z0-9]{10,})' },
  { name: 'npm-token', hints: ['npm_'], pattern: '\\b(npm_[A-Za-z0-9]{30,})' },
  { name: 'openai-key', hints: ['sk-'], pattern: '\\b(sk-[A-Za-z0-9_-]{20,})' },
  {
    name: 'json-web-token',
    hints: ['eyJ'],
    pattern: '\\b(eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,})',
  },
];
