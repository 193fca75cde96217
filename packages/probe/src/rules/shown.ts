const SHOWN_CHARACTERS = 120;

/** A value as it may stand in an error text: quoted, control characters escaped, shortened to 120 characters. */
export function shown(value: string): string {
  const cut = value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS - 3)}...` : value;
  return `"${escapeControls(cut)}"`;
}

/** Text with quotes and backslashes escaped, and control characters, lone surrogates and direction marks as codes. */
export function escapeControls(text: string): string {
  return text.replace(/["\\]/g, '\\$&').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
