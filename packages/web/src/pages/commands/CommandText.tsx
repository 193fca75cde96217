import { visibleParts } from './visible-text.ts';

/** What was typed, isolated from the direction of what stands around it. `words` are marked. */
export function CommandText({ text, words = [] }: { readonly text: string; readonly words?: readonly string[] }) {
  return (
    <bdi className="cmd-text">
      {visibleParts(text).map((part, index) =>
        part.isSign ? (
          <span key={index} className="cmd-sign">
            {part.text}
          </span>
        ) : (
          <Marked key={index} text={part.text} words={words} />
        ),
      )}
    </bdi>
  );
}

function Marked({ text, words }: { readonly text: string; readonly words: readonly string[] }) {
  const wanted = words.filter((word) => word !== '').map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  if (wanted.length === 0) return text;
  return text
    .split(new RegExp(`(${wanted.join('|')})`, 'i'))
    .map((piece, index) => (index % 2 === 1 ? <mark key={index}>{piece}</mark> : piece));
}
