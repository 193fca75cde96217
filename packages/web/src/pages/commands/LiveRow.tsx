import type { CommandLine } from '@watchpost/contracts/api/audit';
import type { TFunction } from 'i18next';
import { memo } from 'react';
import { CommandCells, lineClass } from './CommandCells.tsx';

/** One line of the stream. It is made once, and again only when its end comes; where it stands is the matter of the list. */
export const LiveRow = memo(function LiveRow(props: {
  readonly id: string;
  readonly line: CommandLine;
  /** Counted from 1; it stays when older lines leave. */
  readonly place: number;
  readonly isChosen: boolean;
  readonly words: readonly string[];
  readonly t: TFunction;
}) {
  const { id, line, place, isChosen, words, t } = props;
  return (
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      // How many there are changes with each that comes: to write that into every line would draw all of them anew.
      aria-setsize={-1}
      aria-posinset={place}
      className={`${lineClass(line, isChosen)} cmd-slot`}
    >
      <CommandCells line={line} words={words} t={t} />
    </div>
  );
});
