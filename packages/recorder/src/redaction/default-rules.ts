/** A secret's surroundings. */
export type RedactionRule = {
  readonly name: string;
  /** The pattern is tried only where one of these occurs, in any case. Empty: always. */
  readonly hints: readonly string[];
  /** Must occur as well, in any case. */
  readonly needs?: string;
  /** RE2. */
  readonly pattern: string;
  /** Group of the pattern that is the secret. Default: the first one, or all of a pattern without groups. */
  readonly group?: number;
  /** RE2, for what follows a match in the same command: further secrets of it. */
  readonly again?: string;
  /** RE2 for what stands before the secret within the match: where it matches, there is no secret. */
  readonly unless?: string;
};

/** A value as a shell takes it: quoted or bare. What is expanded later ($VAR, $(…), `…`) is told apart afterwards. */
const VALUE = `("(?:[^"\\\\]|\\\\.)*"|'[^']*'|(?:[^\\s"'\\\\;|&<>()]|\\\\.)+)`;
/** Anything up to an option of the same command. */
const MEANWHILE = '\\s(?:[^\\n;|&]*?\\s)??';
/** An option of a program, as often as it is given in one command. */
const optionOf = (program: string, option: string): Pick<RedactionRule, 'pattern' | 'again'> => ({
  pattern: program + MEANWHILE + option,
  again: `^[^\\n;|&]*?\\s${option}`,
});
/** Words of a name that say that its value is a secret. */
const SECRET_WORD =
  '(?:passw(?:or)?d|passwort|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)';
/** Names that say where a secret is, or something about it, not what it is. */
const ABOUT_A_SECRET =
  '(?i:(?:_|-)?(?:file|path|dir|folder|url|uri|endpoint|id|name|type|kind|length|len|size|ttl|age|days|expiry|policy|prompt|count|hint|store|provider)["\']?\\s*[=:\\s]\\s*["\']?$)|(?i:^(?:old)?pwd=$)';

/** In this order: what one rule has masked, the next one does not see. */
export const DEFAULT_RULES: readonly RedactionRule[] = [
  // What contains a secret, whatever the program.
  {
    name: 'private-key',
    hints: ['private key-----', 'private key block-----'],
    pattern: '-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----([\\s\\S]*?)(?:-----END|$)',
  },
  {
    name: 'url-credentials',
    hints: ['://'],
    needs: '@',
    pattern: '[a-zA-Z][a-zA-Z0-9+.-]*://[^\\s/:@"\']*:([^\\s/@"\']+)@',
  },
  {
    name: 'authorization-header',
    hints: ['authorization'],
    pattern:
      '(?i:(?:proxy-)?authorization["\']?\\s{0,4}[:=]\\s{0,4}["\']?(?:basic|bearer|token|digest|apikey)?\\s{0,4})([^\\s"\']{4,})',
  },
  {
    name: 'header-token',
    hints: ['api-key', 'apikey', 'auth-token', 'private-token', 'job-token', 'vault-token', 'access-token', 'csrf-token'],
    pattern:
      '(?i:x-(?:api-key|auth-token|vault-token|access-token|csrf-token)|private-token|job-token|api-?key)["\']?\\s{0,4}:\\s{0,4}["\']?([^\\s"\']{4,})',
  },
  { name: 'cookie-header', hints: ['cookie:'], pattern: '(?i:(?:set-)?cookie:\\s{0,4})([^"\'\\n]{4,})' },
  {
    name: 'cookie-argument',
    hints: ['curl'],
    needs: '=',
    ...optionOf('\\bcurl\\b', '(?:-b|--cookie)\\s*["\']?[^\\s=;"\']+=([^\\s"\']{4,})'),
  },
  {
    name: 'json-secret',
    hints: ['pass', 'pwd', 'secret', 'token', 'key', 'credential'],
    needs: ':',
    pattern: `(?i:["'\\\\][a-z0-9_-]*${SECRET_WORD}[a-z0-9_]*)\\\\?["']\\s{0,4}:\\s{0,4}\\\\?["']([^"'\\\\]+)`,
    unless: ABOUT_A_SECRET,
  },
  {
    name: 'yaml-secret',
    hints: ['pass', 'pwd', 'secret', 'token', 'key', 'credential'],
    needs: ': ',
    pattern: `(?im:^[ \\t]*(?:-[ \\t]+)?[a-z0-9_.-]*${SECRET_WORD}[a-z0-9_]*:[ \\t]+)("[^"\\n]*"|'[^'\\n]*'|[^\\s"'#|>{\\[&*][^\\s#]*)`,
    unless: ABOUT_A_SECRET,
  },
  {
    name: 'password-argument',
    hints: ['-pass', '-pwd', 'secret', 'token', 'key', '-auth', 'credential', '-pw'],
    needs: '-',
    pattern: `(?:^|\\s)--?(?i:[a-z0-9-]*(?:password|passwd|passphrase|pwd|secret|token|api-?key|access-key|secret-key|account-key|auth-key|storepass|keypass|userpass|passcode))(?:=|\\s+)${VALUE}`,
    unless: ABOUT_A_SECRET,
  },
  {
    name: 'secret-variable',
    hints: ['pass', 'pwd', 'secret', 'token', 'key', 'credential'],
    needs: '=',
    pattern: `(?i:(?:\\b|_)[a-z0-9_.-]*${SECRET_WORD}(?:_[a-z0-9_]*|[0-9]{0,3}))=${VALUE}`,
    unless: ABOUT_A_SECRET,
  },
  {
    name: 'fish-variable',
    hints: ['set ', 'setenv '],
    pattern: `\\b(?:set(?:\\s+-[a-zA-Z]+|\\s+--[a-z]+)+|setenv)\\s+(?i:[a-z0-9_]*${SECRET_WORD}[a-z0-9_]*)\\s+${VALUE}`,
    unless: ABOUT_A_SECRET,
  },
  {
    name: 'config-secret',
    hints: ['config set', 'config --', 'configure set', 'config '],
    pattern: `\\b(?:config(?:ure)?)\\s+(?:set\\s+|--[a-z]+\\s+)*(?i:[a-z0-9_./:-]*(?:password|passwd|passphrase|secret|token|_auth|access_key|api_?key))(?:=|\\s+)${VALUE}`,
    unless: ABOUT_A_SECRET,
  },
  // Options of single programs.
  {
    name: 'mysql-password',
    hints: ['mysql', 'mariadb', 'mycli', 'mydumper', 'xtrabackup'],
    needs: '-p',
    pattern: '\\b(?:mysql|mariadb|mycli|mydumper|xtrabackup)[a-z_-]*\\s(?:[^\\n;|&]*\\s)?-p([^\\s;|&"\']+|"[^"]*"|\'[^\']*\')',
  },
  { name: 'mongo-password', hints: ['mongo'], ...optionOf(`\\bmongo[a-z]{0,10}`, `-p\\s*${VALUE}`) },
  { name: 'sshpass-password', hints: ['sshpass'], pattern: `\\bsshpass\\s+(?:-v\\s+)?-p\\s*${VALUE}` },
  {
    name: 'login-password',
    hints: [' login'],
    ...optionOf(
      `\\b(?:docker|podman|nerdctl|buildah|skopeo|oras|helm registry|az|oc|cf|crane(?: auth)?|heroku|argocd)\\s+login`,
      `-p\\s*${VALUE}`,
    ),
  },
  {
    name: 'user-password',
    hints: ['curl', 'http', 'wget', 'ab '],
    needs: ':',
    ...optionOf(
      '\\b(?:curl|http|https|wget|ab|xh)',
      '(?:-u|-U|-a|--auth|--user|--proxy-user)(?:=|\\s*)["\']?[^\\s:"\'/]+:([^\\s"\']+)',
    ),
  },
  {
    name: 'percent-password',
    hints: ['%'],
    needs: '-u',
    ...optionOf(
      '\\b(?:smbclient|rpcclient|net|wmic|winexe|smbget|smbmap)\\b',
      '(?:-U|--user)(?:=|\\s*)["\']?[^\\s%"\']+%([^\\s"\']+)',
    ),
  },
  { name: 'ldap-password', hints: ['ldap'], ...optionOf(`\\bldap[a-z]{3,20}`, `-w\\s*${VALUE}`) },
  {
    name: 'redis-password',
    hints: ['redis-cli', 'valkey-cli'],
    ...optionOf(`\\b(?:redis|valkey)-cli`, `(?:-a|--pass|(?i:auth)(?:\\s+[a-zA-Z0-9_-]+\\s)?)\\s*${VALUE}`),
  },
  { name: 'openssl-password', hints: ['pass:'], pattern: '\\bpass:([^\\s"\';|&]+)' },
  { name: 'openssl-key', hints: ['openssl'], ...optionOf(`\\bopenssl`, `-(?:k|K|passwd -[156])\\s+${VALUE}`) },
  {
    name: 'htpasswd-password',
    hints: ['htpasswd'],
    pattern: `\\bhtpasswd\\s+(?:-[a-zA-Z0-9]+\\s+)*-[a-zA-Z]{0,10}b[a-zA-Z]{0,10}\\s+(?:-[a-zA-Z0-9]+\\s+)*\\S+\\s+(?:\\S+\\s+)?${VALUE}(?:\\s*[;&|>]|\\s*$)`,
  },
  {
    name: 'capital-p-password',
    hints: ['zip', 'ipmitool', 'sqlcmd', 'bcp', 'mosquitto', 'sshfs', 'isql', 'tsql', 'ncftp'],
    needs: '-p',
    ...optionOf(
      `\\b(?:zip|unzip|zipcloak|ipmitool|sqlcmd|bcp|mosquitto_pub|mosquitto_sub|tsql|ncftp(?:get|put)?)`,
      `-P\\s*${VALUE}`,
    ),
  },
  {
    name: 'archive-password',
    hints: ['7z', 'rar', 'p7zip'],
    ...optionOf(`\\b(?:7z[arz]?|rar|unrar|p7zip)`, `-h?p([^\\s"';|&-][^\\s"';|&]*|"[^"]*"|'[^']*')`),
  },
  { name: 'user-account-password', hints: ['useradd', 'usermod'], ...optionOf(`\\buser(?:add|mod)`, `-p\\s*${VALUE}`) },
  {
    name: 'snmp-secret',
    hints: ['snmp'],
    ...optionOf(`\\bsnmp[a-z]{2,12}`, `-[AXc]\\s*${VALUE}`),
  },
  {
    name: 'oracle-password',
    hints: ['sqlplus', 'expdp', 'impdp', 'rman', 'sqlldr'],
    needs: '/',
    ...optionOf(
      '\\b(?:sqlplus|expdp|impdp|sqlldr|rman)',
      '(?:target\\s+|userid=)?["\']?[a-zA-Z][a-zA-Z0-9_$#.]*/([^\\s@"\'/]+)(?:@|["\']?\\s|["\']?$)',
    ),
  },
  {
    name: 'rdp-password',
    hints: ['freerdp', 'rdesktop'],
    pattern: `\\b(?:[xw]l?freerdp3?\\b[^\\n;|&]*\\s/p:|rdesktop${MEANWHILE}-p\\s*)${VALUE}`,
  },
  {
    name: 'wifi-password',
    hints: ['nmcli', 'wpa_passphrase'],
    pattern: `\\b(?:nmcli\\b[^\\n;|&]*\\s(?:password|wifi-sec\\.psk|802-11-wireless-security\\.psk)|wpa_passphrase\\s+(?:"[^"]*"|'[^']*'|\\S+))\\s+${VALUE}`,
  },
  {
    name: 'rabbitmq-password',
    hints: ['rabbitmqctl'],
    pattern: `\\brabbitmqctl\\b[^\\n;|&]*\\s(?:add_user|change_password|authenticate_user)\\s+\\S+\\s+${VALUE}`,
  },
  {
    name: 'sql-password',
    hints: ['identified by', 'password '],
    pattern: `(?i:identified\\s+(?:with\\s+\\S+\\s+)?by\\s+(?:password\\s+)?|(?:user|role)\\s[^;\\n]*\\spassword\\s+)(\\\\?"[^"\\\\]+|'[^']+')`,
  },
  // What is piped into a program that asks for a password.
  {
    name: 'chpasswd-input',
    hints: ['chpasswd'],
    pattern: '\\b(?:echo|printf)\\s+(?:-[a-zA-Z]+\\s+)?["\']?[^\\s:"\']+:([^"\'|\\n]+?)["\']?\\s*\\|\\s*(?:sudo\\s+)?chpasswd',
  },
  {
    name: 'password-input',
    hints: ['sudo', '-stdin', 'cryptsetup', 'vncpasswd', 'kinit', 'smbpasswd', 'gpg', 'openssl', 'passwd', 'secret create'],
    needs: '|',
    pattern: `\\b(?:echo|printf)\\s+(?:-[a-zA-Z]+\\s+)?(?:["']%s(?:\\\\n)?["']\\s+)?${VALUE}\\s*\\|\\s*(?:sudo\\s+(?:-[a-zA-Z]*S|(?:-[a-zA-Z]+\\s+)+-[a-zA-Z]*S|--stdin)|(?:sudo\\s+(?:-[a-zA-Z]+\\s+)*)?(?:cryptsetup|vncpasswd|kinit|smbpasswd|gpg\\b[^\\n|]*--passphrase-fd|openssl\\b[^\\n|]*-(?:pass|passin|passout)\\s+stdin|passwd\\s+--stdin|\\S+[^\\n|]*--password-stdin|(?:docker|podman)\\s+secret\\s+create))`,
  },
  {
    name: 'here-string-input',
    hints: ['<<<'],
    pattern: `\\b(?:sudo\\s+-S|kinit|cryptsetup|vncpasswd|passwd\\s+--stdin|chpasswd|\\S+\\s[^\\n|;]*--password-stdin)[^\\n|;]*<<<\\s*${VALUE}`,
  },
  // What is known by its own form.
  { name: 'aws-key', hints: ['akia', 'asia', 'abia', 'acca'], pattern: '\\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})\\b' },
  {
    name: 'github-token',
    hints: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: '\\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})',
  },
  {
    name: 'gitlab-token',
    hints: ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glsoat-', 'glimt-', 'glagent-', 'gr1348941'],
    pattern: '\\b(gl(?:pat|dt|rt|cbt|ptt|soat|imt|agent)-[A-Za-z0-9_.-]{16,}|GR1348941[A-Za-z0-9_-]{20,})',
  },
  {
    name: 'slack-token',
    hints: ['xox', 'xapp-', 'xwfp-'],
    pattern: '\\b(xox[abeoprs]-[A-Za-z0-9-]{10,}|x(?:app|wfp)-[A-Za-z0-9-]{10,})',
  },
  {
    name: 'webhook-url',
    hints: [
      'hooks.slack.com',
      '/api/webhooks/',
      'webhook.office.com',
      'open.feishu.cn',
      'oapi.dingtalk.com',
      'qyapi.weixin.qq.com',
    ],
    pattern:
      '(?:hooks\\.slack\\.com/(?:services|workflows|triggers)/|discord(?:app)?\\.com/api/webhooks/[0-9]+/|webhook\\.office\\.com/webhookb2/|open\\.feishu\\.cn/open-apis/bot/v2/hook/|(?:oapi\\.dingtalk\\.com|qyapi\\.weixin\\.qq\\.com)/[a-z/-]+\\?(?:access_token|key)=)([A-Za-z0-9_/@.-]{12,})',
  },
  {
    name: 'google-key',
    hints: ['aiza', 'ya29.', 'gocspx-'],
    pattern: '\\b(AIza[A-Za-z0-9_-]{35}|ya29\\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})',
  },
  {
    name: 'azure-key',
    hints: ['accountkey=', 'sharedaccesskey=', 'sig=', '8q~'],
    pattern:
      '(?i:(?:account|sharedaccess)key=|[?&]sig=)([A-Za-z0-9+/%_-]{20,}={0,2})|\\b([A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{34})',
  },
  { name: 'alibaba-tencent-key', hints: ['ltai', 'akid'], pattern: '\\b(LTAI[A-Za-z0-9]{12,30}|AKID[A-Za-z0-9]{13,40})\\b' },
  {
    name: 'stripe-key',
    hints: ['sk_', 'rk_', 'whsec_'],
    pattern: '\\b([sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,})',
  },
  { name: 'npm-token', hints: ['npm_'], pattern: '\\b(npm_[A-Za-z0-9]{30,})' },
  { name: 'pypi-token', hints: ['pypi-'], pattern: '\\b(pypi-[A-Za-z0-9_-]{40,})' },
  { name: 'openai-key', hints: ['sk-'], pattern: '\\b(sk-[A-Za-z0-9_-]{20,})' },
  {
    name: 'hashicorp-token',
    hints: ['hvs.', 'hvb.', 'hvr.', 'atlasv1.'],
    pattern: '\\b(hv[sbr]\\.[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{40,})',
  },
  { name: 'sendgrid-key', hints: ['sg.'], pattern: '\\b(SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,})' },
  { name: 'telegram-token', hints: [':aa'], pattern: '\\b(?:bot)?([0-9]{8,10}:AA[A-Za-z0-9_-]{32,33})' },
  {
    name: 'service-token',
    hints: [
      'hf_',
      'dop_v1_',
      'doo_v1_',
      'shp',
      'dapi',
      'glsa_',
      'glc_',
      'lin_api_',
      'pmak-',
      'dp.',
      'dckr_',
      'figd_',
      'ntn_',
      'rubygems_',
      'sntrys_',
      'tskey-',
      'nrak-',
      'cio',
    ],
    pattern:
      '\\b(hf_[A-Za-z0-9]{30,}|do[op]_v1_[a-f0-9]{40,}|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}|dapi[a-f0-9]{32}|gls?a_[A-Za-z0-9_]{32,}|glc_[A-Za-z0-9+/=]{32,}|lin_api_[A-Za-z0-9]{30,}|PMAK-[A-Za-z0-9-]{40,}|dp\\.(?:pt|st|ct|sa)\\.[A-Za-z0-9_.-]{30,}|dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}|figd_[A-Za-z0-9_-]{30,}|ntn_[A-Za-z0-9]{40,}|rubygems_[a-f0-9]{40,}|sntrys_[A-Za-z0-9+/=_-]{40,}|tskey-[a-z]+-[A-Za-z0-9-]{20,}|NRAK-[A-Z0-9]{27}|cio[A-Za-z0-9]{32})',
  },
  { name: 'age-key', hints: ['age-secret-key-'], pattern: '\\b(AGE-SECRET-KEY-1[A-Z0-9]{50,})' },
  {
    name: 'json-web-token',
    hints: ['eyj'],
    pattern: '\\b(eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,})',
  },
];
