import type { CommandLine } from '@watchpost/contracts/api/audit';
import { type KeyboardEvent, type MouseEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { pressedToken } from './CommandText.tsx';
import './commands.css';
import { LiveRow } from './LiveRow.tsx';
import { useIsNarrow } from './use-is-narrow.ts';

/** Heights of a line as `commands.css` has them: one row of text, and two on a phone. */
const ROW_PX = { wide: 26, narrow: 48 } as const;
/** So near to the end the list stays at the end. */
const NEAR_END_PX = 40;
/** Lines above and below what is seen: for a turn of the wheel. */
const OVERSCAN = 6;

/** What stands at the upper edge, and how far it is scrolled out. */
type Edge = { readonly id: string; readonly index: number; readonly hiddenPx: number };

/**
 * The stream: newest at the bottom. At its end it follows; scrolled up it stands still, also when old lines leave above.
 * Arrows choose a line, Enter opens it, End goes back to following. Only the lines in sight are elements, one below the other
 * in a block that is moved as a whole: a new line is one element more, and nothing else is touched.
 */
export function LiveList(props: {
  readonly lines: readonly CommandLine[];
  /** Lines that stood before the first of these and left. */
  readonly left: number;
  readonly words: readonly string[];
  readonly onOpen: (line: CommandLine) => void;
  readonly onToken: (token: string) => void;
}) {
  const { t } = useTranslation();
  const { lines, left, words, onOpen, onToken } = props;
  const rowPx = useIsNarrow() ? ROW_PX.narrow : ROW_PX.wide;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [boxPx, setBoxPx] = useState(0);
  const [isFollowing, setFollowing] = useState(true);
  const [chosen, setChosen] = useState<string | null>(null);
  const [edge, setEdge] = useState<Edge>({ id: '', index: 0, hiddenPx: 0 });

  const inSight = Math.ceil(boxPx / rowPx) + 1;
  const found = isFollowing ? -1 : lines.findIndex((line) => line.id === edge.id);
  const top = Math.max(0, isFollowing ? lines.length - inSight : found === -1 ? Math.min(edge.index, lines.length - 1) : found);
  const first = Math.max(0, top - OVERSCAN);
  const rows = lines.slice(first, top + inSight + OVERSCAN);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    setBoxPx(element.clientHeight);
    const observer = new ResizeObserver(() => setBoxPx(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    // The heights are known: nothing is measured here.
    if (isFollowing) element.scrollTop = Math.max(0, lines.length * rowPx - boxPx);
    else if (found >= 0) element.scrollTop = found * rowPx + edge.hiddenPx;
    // A scroll that changed the edge stands where it should already.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [lines, rowPx, boxPx, isFollowing]);

  const noteEdge = (element: HTMLElement): void => {
    const index = Math.floor(element.scrollTop / rowPx);
    setEdge({ id: lines[index]?.id ?? '', index, hiddenPx: element.scrollTop - index * rowPx });
  };
  const press = ({ target }: MouseEvent): void => {
    const option = target instanceof Element ? target.closest('[role=option]') : null;
    const line = lines.find((each) => `${id}-${each.id}` === option?.id);
    const token = pressedToken(target);
    if (token !== null) onToken(token);
    else if (line !== undefined && window.getSelection()?.isCollapsed !== false) onOpen(line);
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
  const pressKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = lines.findIndex((line) => line.id === chosen);
    const page = Math.max(1, Math.floor(boxPx / rowPx) - 1);
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
  const below = isFollowing ? 0 : Math.max(0, lines.length - top - inSight + 1);
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
        onClick={press}
        onKeyDown={pressKey}
        onScroll={({ currentTarget }) => {
          const isAtEnd = lines.length * rowPx - currentTarget.scrollTop - boxPx < NEAR_END_PX;
          const isFollowed = chosen === null ? isAtEnd : isFollowing;
          if (!isFollowed) noteEdge(currentTarget);
          setFollowing(isFollowed);
        }}
      >
        <div role="presentation" className="cmd-all" style={{ height: lines.length * rowPx }}>
          <div role="presentation" style={{ transform: `translateY(${first * rowPx}px)` }}>
            {rows.map((line, index) => (
              <LiveRow
                key={line.id}
                id={`${id}-${line.id}`}
                line={line}
                place={left + first + index + 1}
                isChosen={line.id === chosen}
                words={words}
                t={t}
              />
            ))}
          </div>
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
