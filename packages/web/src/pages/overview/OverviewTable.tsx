import type { OverviewLine } from '@watchpost/contracts/api/quality';
import { useMediaQuery } from '@mantine/hooks';
import { formatMs, formatRatio, formatUs } from '@watchpost/charts/figures';
import { lineName } from '@watchpost/charts/line';
import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { memo, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OverviewSearch } from '../../app/router.tsx';
import { moment } from '../../parts/moment.ts';
import { OutcomeBadge } from '../../parts/OutcomeBadge.tsx';
import { Sparkline } from '../../parts/Sparkline.tsx';
import { checkAddress } from './check-address.ts';
import type { OverviewTarget } from './filter-targets.ts';

type Names = Readonly<Record<string, string>>;
const LINE_PX = { wide: 30, small: 32 };
const AROUND_PX = { wide: 11, small: 21 + 46 };

/** Only the rows near the window are in the page; their heights are known beforehand, so nothing jumps. */
export function OverviewTable(props: {
  readonly targets: readonly OverviewTarget[];
  readonly names: Names;
  readonly search: OverviewSearch;
}) {
  const { t } = useTranslation();
  const { targets } = props;
  const isSmall = useMediaQuery('(max-width: 780px)', undefined, { getInitialValueInEffect: false }) ?? false;
  const size = isSmall ? 'small' : 'wide';
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(list.current === null ? 0 : list.current.getBoundingClientRect().top + window.scrollY), [isSmall]);
  const virtualizer = useWindowVirtualizer({
    count: targets.length,
    estimateSize: (index) => Math.max(1, targets[index]?.lines.length ?? 1) * LINE_PX[size] + AROUND_PX[size],
    getItemKey: (index) => `${size} ${targets[index]?.id ?? index} ${targets[index]?.lines.length ?? 0}`,
    overscan: 8,
    scrollMargin: top,
  });
  return (
    <div className="card" role="table" aria-label={t('overview.title')} aria-rowcount={targets.length}>
      <div role="rowgroup">
        <div className="ov-head" role="row">
          <span role="columnheader">{t('overview.target')}</span>
          <span role="columnheader">{t('overview.vantage')}</span>
          <span role="columnheader">{t('overview.state')}</span>
          <span role="columnheader">{t('results.error')}</span>
          <span role="columnheader">{t('overview.time')}</span>
          <span role="columnheader" className="right">
            {t('overview.last')}
          </span>
          <span role="columnheader" className="right">
            {t('overview.p95')}
          </span>
          <span role="columnheader" className="right">
            {t('overview.availability')}
          </span>
        </div>
      </div>
      <div ref={list} role="rowgroup" style={{ position: 'relative', height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const target = targets[item.index];
          return target === undefined ? null : (
            <div
              key={item.key}
              role="presentation"
              className={`ov-group${target.outcome === 'down' && !target.paused ? ' ov-bad' : ''}`}
              style={{ height: item.size, transform: `translateY(${item.start - top}px)` }}
            >
              <TargetRows target={target} names={props.names} search={props.search} isSmall={isSmall} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

const TargetRows = memo(function TargetRows(props: {
  readonly target: OverviewTarget;
  readonly names: Names;
  readonly search: OverviewSearch;
  readonly isSmall: boolean;
}) {
  const { t } = useTranslation();
  const { target, isSmall } = props;
  const name = (
    <>
      <Link to="/targets/$id" params={{ id: target.id }} search={rangeOnly(props.search)} className="clip">
        {target.name}
      </Link>
      {target.group !== '' && <span className="tag clip">{target.group}</span>}
    </>
  );
  return (
    <>
      {isSmall && (
        <div style={{ height: 46 }}>
          <div className="ov-name" role="row">
            <span role="cell" className="row clip" style={{ flexWrap: 'nowrap' }}>
              {name}
            </span>
          </div>
          <div className="muted clip" style={{ fontSize: 12 }}>
            {checkAddress(target.check)}
          </div>
        </div>
      )}
      {target.lines.length === 0 && (
        <div className="ov-line" role="row">
          {!isSmall && (
            <span role="cell" className="ov-name">
              {name}
            </span>
          )}
          <span role="cell" className="muted clip">
            {target.paused ? t('outcome.paused') : t('overview.waiting')}
          </span>
        </div>
      )}
      {target.lines.map((line, index) => (
        <div className="ov-line" role="row" key={`${line.vantage} ${line.series}`}>
          {!isSmall && (
            <span role="cell" className="ov-name">
              {index === 0 ? name : index === 1 ? <span className="muted clip">{checkAddress(target.check)}</span> : null}
            </span>
          )}
          <LineCells line={line} names={props.names} isSmall={isSmall} isPaused={target.paused} />
        </div>
      ))}
    </>
  );
});

function LineCells(props: {
  readonly line: OverviewLine;
  readonly names: Names;
  readonly isSmall: boolean;
  readonly isPaused: boolean;
}) {
  const { line } = props;
  const { t } = useTranslation();
  const since = line.since === null ? '' : `${t('overview.since')} ${moment(line.since)}`;
  return (
    <>
      <span role="cell" className="clip">
        {lineName(line, props.names)}
      </span>
      <span role="cell" title={since}>
        <OutcomeBadge outcome={line.outcome} isPaused={props.isPaused} />
      </span>
      {!props.isSmall && (
        <span role="cell" className="clip muted" title={line.errorText ?? ''}>
          {line.outcome === 'up' ? '' : (line.errorText ?? line.errorCode ?? '')}
        </span>
      )}
      {!props.isSmall && (
        <span role="cell" style={{ height: 22 }}>
          <Sparkline values={line.sparkline} down={line.sparklineDown} />
        </span>
      )}
      <span role="cell" className="num right">
        {formatUs(line.totalUs)}
      </span>
      {!props.isSmall && (
        <span role="cell" className="num right">
          {formatMs(line.p95Ms)}
        </span>
      )}
      <span role="cell" className="num right">
        {formatRatio(line.availability)}
      </span>
    </>
  );
}

const rangeOnly = (search: OverviewSearch) =>
  search.from !== undefined && search.to !== undefined
    ? { from: search.from, to: search.to }
    : search.range === undefined
      ? {}
      : { range: search.range };
