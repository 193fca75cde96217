import type { TFunction } from 'i18next';
import { type Masks, visibleParts } from './visible-text.ts';

/** What was typed, isolated from the direction of what stands around it. `words` are marked; a mask carries its token. */
export function CommandText(props: {
  readonly text: string;
  readonly masks?: Masks;
  readonly words?: readonly string[];
  readonly t: TFunction;
}) {
  const { text, masks = [], words = [], t } = props;
  return (
    <bdi className="cmd-text">
      {visibleParts(text, masks).map((part, index) =>
        part.token !== undefined ? (
          <span key={index} className="cmd-mask" data-token={part.token} title={t('commands.sameSecret')}>
            {part.text}
          </span>
        ) : part.isSign ? (
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

/** The token of the mask that was pressed, if it was one. */
export function pressedToken(target: EventTarget): string | null {
  return target instanceof Element ? (target.closest<HTMLElement>('[data-token]')?.dataset['token'] ?? null) : null;
}

function Marked({ text, words }: { readonly text: string; readonly words: readonly string[] }) {
  const wanted = words.filter((word) => word !== '').map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  if (wanted.length === 0) return text;
  return text
    .split(new RegExp(`(${wanted.join('|')})`, 'i'))
    .map((piece, index) => (index % 2 === 1 ? <mark key={index}>{piece}</mark> : piece));
}
