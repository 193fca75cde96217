import type { CommandLine } from '@watchpost/contracts/api/audit';
import { defaultRangeExtractor, type Range as RowRange, useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useCallback, useId, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CommandCells, lineClass } from './CommandCells.tsx';
import { pressedToken } from './CommandText.tsx';
import './commands.css';
import { useIsNarrow } from './use-is-narrow.ts';

/** Heights of a line: one row of text, and two on a phone. */
const ROW_PX = { wide: 26, narrow: 48 } as const;
/** So near to the end the list stays at the end. */
const NEAR_END_PX = 40;
const OVERSCAN = 12;

/**
 * The stream: newest at the bottom. At its end it follows; scrolled up it stands still, also when old lines leave above.
 * Arrows choose a line, Enter opens it, End goes back to following.
 */
export function LiveList(props: {
  readonly lines: readonly CommandLine[];
  readonly words: readonly string[];
  readonly onOpen: (line: CommandLine) => void;
  readonly onToken: (token: string) => void;
}) {
  const { t } = useTranslation();
  const { lines, words, onOpen, onToken } = props;
  const rowPx = useIsNarrow() ? ROW_PX.narrow : ROW_PX.wide;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  const [chosen, setChosen] = useState<string | null>(null);
  /** What stands at the upper edge, and how far it is scrolled out. */
  const edge = useRef({ id: '', hiddenPx: 0 });

  // What will be in sight after the scroll position is set below, so that it is there in the same frame.
  const extract = useCallback(
    (range: RowRange) => {
      const height = Math.ceil((box.current?.clientHeight ?? 0) / rowPx) + OVERSCAN;
      const first = isFollowing ? lines.length - height : lines.findIndex((line) => line.id === edge.current.id) - OVERSCAN;
      const last = first + height + 2 * OVERSCAN;
      const wanted = new Set(defaultRangeExtractor(range));
      for (let index = Math.max(0, first); index < Math.min(lines.length, last); index++) wanted.add(index);
      return [...wanted].filter((index) => index < lines.length).toSorted((left, right) => left - right);
    },
    [lines, rowPx, isFollowing],
  );
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
    rangeExtractor: extract,
    getItemKey: (index) => lines[index]?.id ?? index,
  });
  useLayoutEffect(() => rows.measure(), [rows, rowPx]);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const at = lines.findIndex((line) => line.id === edge.current.id);
    if (isFollowing) element.scrollTop = element.scrollHeight;
    else if (at >= 0) element.scrollTop = at * rowPx + edge.current.hiddenPx;
  }, [lines, rowPx, isFollowing]);

  const noteEdge = (element: HTMLElement): void => {
    const index = Math.floor(element.scrollTop / rowPx);
    edge.current = { id: lines[index]?.id ?? '', hiddenPx: element.scrollTop - index * rowPx };
  };
  const follow = (): void => {
    setChosen(null);
    setFollowing(true);
  };
  const choose = (index: number): void => {
    const line = lines[Math.min(lines.length - 1, Math.max(0, index))];
    const element = box.current;
    if (line === undefined || element === null) return;
    const top = lines.indexOf(line) * rowPx;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowPx > element.scrollTop + element.clientHeight) element.scrollTop = top + rowPx - element.clientHeight;
    noteEdge(element);
    setChosen(line.id);
    setFollowing(false);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = lines.findIndex((line) => line.id === chosen);
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowPx) - 1);
    const from = at === -1 ? lines.length : at;
    const line = lines[at];
    if (event.key === 'Enter' && line !== undefined) onOpen(line);
    else if (event.key === 'End' || (event.key === 'Escape' && chosen !== null)) follow();
    else if (event.key === 'ArrowUp') choose(from - 1);
    else if (event.key === 'ArrowDown') choose(at === -1 ? lines.length - 1 : at + 1);
    else if (event.key === 'PageUp') choose(from - page);
    else if (event.key === 'PageDown') choose(from + page);
    else if (event.key === 'Home') choose(0);
    else return;
    event.preventDefault();
  };
  const below = isFollowing ? 0 : Math.max(0, lines.length - 1 - (rows.range?.endIndex ?? lines.length));
  const hasChosen = lines.some((line) => line.id === chosen);
  return (
    <div className="cmd-frame">
      <div
        ref={box}
        className="cmd-stream"
        tabIndex={0}
        role="listbox"
        aria-label={t('commands.live')}
        aria-describedby={`${id}-keys`}
        aria-activedescendant={hasChosen && chosen !== null ? `${id}-${chosen}` : undefined}
        onKeyDown={press}
        onScroll={({ currentTarget }) => {
          noteEdge(currentTarget);
          const { scrollHeight, scrollTop, clientHeight } = currentTarget;
          if (chosen === null) setFollowing(scrollHeight - scrollTop - clientHeight < NEAR_END_PX);
        }}
      >
        <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map((row) => {
            const line = lines[row.index];
            return line === undefined ? null : (
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys are those of the list
              <div
                key={row.key}
                id={`${id}-${line.id}`}
                role="option"
                tabIndex={-1}
                aria-selected={line.id === chosen}
                aria-setsize={lines.length}
                aria-posinset={row.index + 1}
                className={`${lineClass(line, line.id === chosen)} cmd-slot`}
                style={{ transform: `translateY(${row.index * rowPx}px)`, height: rowPx }}
                onClick={({ target }) => {
                  const token = pressedToken(target);
                  if (token !== null) onToken(token);
                  else if (window.getSelection()?.isCollapsed !== false) onOpen(line);
                }}
              >
                <CommandCells line={line} words={words} />
              </div>
            );
          })}
        </div>
      </div>
      <span id={`${id}-keys`} className="sr">
        {t('commands.liveKeys')}
      </span>
      {!isFollowing && (
        <button type="button" className="cmd-newest" onClick={follow}>
          ↓ {below > 0 ? t('commands.below', { count: below }) : t('commands.newest')}
        </button>
      )}
    </div>
  );
}
