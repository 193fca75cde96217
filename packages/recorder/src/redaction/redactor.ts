import { createHmac } from 'node:crypto';
import type { Redaction } from '@watchpost/contracts/commands/command';
import { RE2JS } from 're2js';
import { DEFAULT_RULES, type RedactionRule } from './default-rules.ts';

export const REDACTION_LIMITS = {
  /** Secrets masked in one text; a text with more is masked from there on as a whole. */
  secrets: 1_000,
  tokenCharacters: 22,
} as const;

export type Redactor = {
  /** Masks the secrets in a text. What is left has as many characters as before. */
  readonly redact: (text: string) => { readonly text: string; readonly redactions: readonly Redaction[] };
  /** The keyed token that a redaction of this secret carries. */
  readonly tokenOf: (secret: string) => string;
};

/**
 * Masks secrets by rules. Patterns are RE2, which takes linear time for any input. A token is the begin of the
 * HMAC-SHA-256 of the secret under `key`, as base64url: the same secret has the same token wherever it was typed.
 */
export function createRedactor(options: { readonly key: Buffer; readonly rules?: readonly RedactionRule[] }): Redactor {
  const rules = (options.rules ?? DEFAULT_RULES).map((rule) => ({
    name: rule.name,
    hints: rule.hints.map((hint) => hint.toLowerCase()),
    pattern: RE2JS.compile(rule.pattern),
  }));
  const tokenOf = (secret: string): string =>
    createHmac('sha256', options.key).update(secret).digest('base64url').slice(0, REDACTION_LIMITS.tokenCharacters);

  const redact: Redactor['redact'] = (text) => {
    const lower = text.toLowerCase();
    let masked = text;
    let redactions: Redaction[] = [];
    for (const rule of rules) {
      if (!rule.hints.some((hint) => lower.includes(hint))) continue;
      const matcher = rule.pattern.matcher(masked);
      const found: Redaction[] = [];
      for (let from = 0; matcher.find(from);) {
        const at = matcher.start(1);
        const raw = at < 0 ? '' : (matcher.group(1) ?? '');
        const inner = unquoted(raw);
        if (isSecret(inner.text)) {
          const start = at + inner.before;
          const { length } = inner.text;
          found.push({ rule: rule.name, at: start, length, token: tokenOf(inner.text) });
        }
        from = Math.max(matcher.end(), from + 1);
        if (from > masked.length || redactions.length + found.length >= REDACTION_LIMITS.secrets) break;
      }
      for (const { at, length } of found) masked = masked.slice(0, at) + '*'.repeat(length) + masked.slice(at + length);
      redactions = redactions.concat(found);
    }
    return { text: masked, redactions: redactions.toSorted((left, right) => left.at - right.at) };
  };
  return { redact, tokenOf };
}

function unquoted(raw: string): { readonly text: string; readonly before: number } {
  const quote = raw[0];
  if ((quote === '"' || quote === "'") && raw.length >= 2 && raw.endsWith(quote)) return { text: raw.slice(1, -1), before: 1 };
  return { text: raw, before: 0 };
}

/** Not a secret: nothing, what the shell puts there later, and what is masked already. */
function isSecret(text: string): boolean {
  if (text === '' || /^\*+$/.test(text)) return false;
  return !/^(\$\w+|\$\{[^}]*\}|\$\(.*\)|`.*`|@?<.*>|%\w+%|\/dev\/\S+|-|x+|\.\.\.)$/s.test(text);
}
