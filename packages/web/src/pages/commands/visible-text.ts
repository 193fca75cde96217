import type { CommandLine } from '@watchpost/contracts/api/audit';

/** Characters that do something instead of being seen: control characters, marks of direction, those without width. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** A part of a text: as it is, the sign for a character that is not seen, or a masked secret. */
export type TextPart = { readonly text: string; readonly isSign: boolean; readonly token?: string };
export type Masks = CommandLine['redactions'];

const sign = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  // As terminals write them: `^[` is escape, `^?` delete. Every font has these.
  if (code < 0x20 || code === 0x7f) return `^${String.fromCodePoint(code ^ 0x40)}`;
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
};

/** What was typed, so that nothing in it can hide or change what is seen. Masks that overlap or lie outside are left out. */
export function visibleParts(text: string, masks: Masks = []): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const mask of masks.toSorted((left, right) => left.at - right.at)) {
    if (mask.at < at || mask.length === 0 || mask.at >= text.length) continue;
    parts.push(...signedParts(text.slice(at, mask.at)));
    at = Math.min(text.length, mask.at + mask.length);
    parts.push({ text: text.slice(mask.at, at), isSign: false, token: mask.token });
  }
  parts.push(...signedParts(text.slice(at)));
  return parts;
}

function signedParts(text: string): TextPart[] {
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
