const SHOWN_CHARACTERS = 120;

/** A value as it may stand in an error text: quoted, control characters escaped, shortened to 120 characters. */
export function shown(value: string): string {
  const cut = value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS - 3)}...` : value;
  return `"${escapeControls(cut)}"`;
}

/** Text with control characters, lone surrogates and direction marks written as escapes. */
export function escapeControls(text: string): string {
  return text
    .replace(/["\\]/g, '\\$&')
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff](?<![\ud800-\udbff][\udc00-\udfff])(?![\udc00-\udfff])/g,
      escaped,
    );
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
