import { createHmac } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Redaction } from '@watchpost/contracts/commands/command';
import { type Matcher, RE2JS } from 're2js';
import { DEFAULT_RULES, type RedactionRule } from './default-rules.ts';

export const REDACTION_LIMITS = {
  /** Secrets masked in one text; a text with more is masked as a whole. */
  secrets: 1_000,
  tokenCharacters: 22,
  /** In turns: after so long others have theirs. One pass of one rule over a text is never cut: a secret could be cut with it. */
  turnMs: 10,
} as const;

export type Redacted = { readonly text: string; readonly redactions: readonly Redaction[] };

export type Redactor = {
  /** Masks the secrets in a text. What is left has as many characters as before. */
  readonly redact: (text: string) => Redacted;
  /** The same for a text that may take seconds: the process does other things in between. Rejects when the signal ends it. */
  readonly redactInTurns: (text: string, signal: AbortSignal) => Promise<Redacted>;
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
    hint: anyOf(rule.hints),
    needs: rule.needs?.toLowerCase() ?? '',
    // Compiled when it is tried for the first time: all of them would take 20 MB, and most are never needed on a host.
    compiled: once(() => compileRule(rule)),
  }));
  // Most texts hold no hint at all: one look tells.
  const anyHint = rules.some(({ hint }) => hint === null)
    ? null
    : anyOf((options.rules ?? DEFAULT_RULES).flatMap((rule) => rule.hints));
  const tokenOf = (secret: string): string =>
    createHmac('sha256', options.key).update(secret).digest('base64url').slice(0, REDACTION_LIMITS.tokenCharacters);

  /** Stops after each pass of a rule that matched, and before each rule that is tried. */
  function* masking(text: string): Generator<undefined, Redacted> {
    const lower = text.toLowerCase();
    if (anyHint?.test(lower) === false) return { text, redactions: [] };
    let masked = text;
    let redactions: Redaction[] = [];
    for (const rule of rules) {
      if (rule.hint?.test(lower) === false || !lower.includes(rule.needs)) continue;
      yield;
      const { pattern, again, groups, unless } = rule.compiled();
      const matcher = pattern.matcher(masked);
      const found: Redaction[] = [];
      /** `offset` is where the text of the matcher begins in that of the command. */
      const note = (match: Matcher, offset: number): void => {
        const group = groups.find((each) => match.start(each) >= 0) ?? 0;
        const at = offset + match.start(group);
        const inner = unquoted(match.group(group) ?? '');
        const isAbout = unless?.matcher(masked.slice(offset + match.start(), at)).find() ?? false;
        if (isAbout || !isSecret(inner.text)) return;
        found.push({ rule: rule.name, at: at + inner.before, length: inner.text.length, token: tokenOf(inner.text) });
      };
      for (let from = 0; matcher.find(from);) {
        note(matcher, 0);
        from = Math.max(matcher.end(), from + 1);
        // The same option again, of the same command.
        for (;;) {
          const more = again?.matcher(masked.slice(from));
          if (more?.find() !== true || redactions.length + found.length > REDACTION_LIMITS.secrets) break;
          note(more, from);
          from += more.end();
          yield;
        }
        if (redactions.length + found.length > REDACTION_LIMITS.secrets) {
          const whole: Redaction = { rule: 'too-many-secrets', at: 0, length: text.length, token: tokenOf(text) };
          return { text: '*'.repeat(text.length), redactions: [whole] };
        }
        if (from > masked.length) break;
        yield;
      }
      masked = mask(masked, found);
      redactions = redactions.concat(found);
    }
    return { text: masked, redactions: redactions.toSorted((left, right) => left.at - right.at) };
  }

  const redact: Redactor['redact'] = (text) => {
    const work = masking(text);
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
    }
  };
  const redactInTurns: Redactor['redactInTurns'] = async (text, signal) => {
    const work = masking(text);
    let beganAt = performance.now();
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      if (performance.now() - beganAt < REDACTION_LIMITS.turnMs) continue;
      await nextTurn();
      signal.throwIfAborted();
      beganAt = performance.now();
    }
  };
  return { redact, redactInTurns, tokenOf };
}

/** Found in the order of the text, none within another. Put together once: hundreds of copies of a long text take long. */
function mask(text: string, found: readonly Redaction[]): string {
  if (found.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const { at, length } of found) {
    parts.push(text.slice(from, at), '*'.repeat(length));
    from = at + length;
  }
  return parts.join('') + text.slice(from);
}

function compileRule(rule: RedactionRule) {
  const pattern = RE2JS.compile(rule.pattern);
  const count = pattern.groupCount();
  /** The first of them that took part in a match is the secret. */
  const groups = rule.group === undefined ? (count === 0 ? [0] : Array.from({ length: count }, (_, at) => at + 1)) : [rule.group];
  const again = rule.again === undefined ? null : RE2JS.compile(rule.again);
  return { pattern, again, groups, unless: rule.unless === undefined ? null : RE2JS.compile(rule.unless) };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

/** Finds out whether a text in small letters holds one of these; null: there are none to look for. Takes linear time. */
function anyOf(hints: readonly string[]): RegExp | null {
  if (hints.length === 0) return null;
  return new RegExp([...new Set(hints.map((hint) => RegExp.escape(hint.toLowerCase())))].join('|'));
}

function unquoted(raw: string): { readonly text: string; readonly before: number } {
  const quote = raw[0];
  if ((quote === '"' || quote === "'") && raw.length >= 2 && raw.endsWith(quote)) return { text: raw.slice(1, -1), before: 1 };
  return { text: raw, before: 0 };
}

/** Not a secret: nothing, what the shell puts there later, and what is masked already. */
function isSecret(text: string): boolean {
  if (text === '' || /^\*+$/.test(text)) return false;
  return !/^(\$\w+|\$\{[^}]*\}|\$\(.*\)|`.*`|@?<.*>|\/dev\/\S+|-|x+|\.\.\.)$/s.test(text);
}
