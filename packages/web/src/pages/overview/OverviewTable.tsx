import { useMediaQuery } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import type { OverviewSearch } from '../../api/page-search.ts';
import { GroupRow } from './GroupRow.tsx';
import { itemHeight, type OverviewItem } from './overview-items.ts';
import { TargetRows } from './TargetRows.tsx';

const COLUMNS = ['target', 'vantage', 'state', 'why', 'time'] as const;
const FIGURES = ['last', 'p95', 'availability'] as const;

/** Only the rows near the window are in the page; their heights are known beforehand, so nothing jumps. */
export function OverviewTable(props: {
  readonly items: readonly OverviewItem[];
  readonly names: Readonly<Record<string, string>>;
  readonly search: OverviewSearch;
  readonly slotS: number;
}) {
  const { t } = useTranslation();
  const { items, search } = props;
  const isSmall = useMediaQuery('(max-width: 780px)', undefined, { getInitialValueInEffect: false }) ?? false;
  const size = isSmall ? 'small' : 'wide';
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(list.current === null ? 0 : list.current.getBoundingClientRect().top + window.scrollY), [isSmall]);
  // First what is seen, then what is beyond the edges of the window.
  const [isSettled, setSettled] = useState(false);
  useEffect(() => setSettled(true), []);
  const range = useMemo(
    () =>
      search.from !== undefined && search.to !== undefined
        ? { from: search.from, to: search.to }
        : search.range === undefined
          ? {}
          : { range: search.range },
    [search.from, search.to, search.range],
  );
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: (index) => {
      const item = items[index];
      return item === undefined ? 0 : itemHeight(item, size);
    },
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : `${item.key} ${itemHeight(item, size)}`;
    },
    overscan: isSettled ? 8 : 1,
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    scrollMargin: top,
  });
  return (
    <div className="card ov" role="table" aria-label={t('overview.title')} aria-rowcount={items.length}>
      <div role="rowgroup">
        <div className="ov-head" role="row">
          {COLUMNS.map((name) => (
            <span role="columnheader" key={name}>
              {t(`overview.${name}`)}
            </span>
          ))}
          {FIGURES.map((name) => (
            <span role="columnheader" className="right" key={name}>
              {t(`overview.${name}`)}
            </span>
          ))}
        </div>
      </div>
      <div ref={list} role="rowgroup" style={{ position: 'relative', height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((row) => {
          const item = items[row.index];
          if (item === undefined) return null;
          return (
            <div
              key={item.key}
              role="presentation"
              className="ov-item"
              style={{ height: row.size, transform: `translateY(${row.start - top}px)` }}
            >
              {item.kind === 'group' ? (
                <GroupRow name={item.name} counts={item.counts} />
              ) : (
                <TargetRows target={item.target} names={props.names} range={range} isSmall={isSmall} slotS={props.slotS} />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
