/** Characters that do something instead of being seen: control characters, marks of direction, those without width. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** A part of a text: as it is, or the sign for a character that is not seen. */
export type TextPart = { readonly text: string; readonly isSign: boolean };

const sign = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
};

/** What was typed, so that nothing in it can hide or change what is seen. */
export function visibleParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(UNSEEN)) {
    if (index > at) parts.push({ text: text.slice(at, index), isSign: false });
    parts.push({ text: sign(found), isSign: true });
    at = index + found.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), isSign: false });
  return parts;
}

/** The text of a record, its bytes as Latin-1 when they are not UTF-8. */
export function typedText({ text, textBase64 }: { readonly text: string | null; readonly textBase64: string | null }): string {
  return text ?? (textBase64 === null ? '' : atob(textBase64));
}
