import type { OverviewLine } from '@watchpost/contracts/api/quality';
import { formatMs, formatRatio, formatUs } from '@watchpost/charts/figures';
import { lineName } from '@watchpost/charts/line';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { useTranslation } from '../../language/texts.ts';
import type { RangeSearch } from '../../api/range.ts';
import { OutcomeBadge } from '../../parts/OutcomeBadge.tsx';
import { Since } from '../../parts/Since.tsx';
import { Sparkline } from '../../parts/Sparkline.tsx';
import { troubleOf } from '../../parts/trouble.ts';
import { Why } from '../../parts/Why.tsx';
import { checkAddress } from './check-address.ts';
import type { OverviewTarget } from './overview-target.ts';

type Names = Readonly<Record<string, string>>;

/** A target and its lines. Drawn again only when something of this very target changed. */
export const TargetRows = memo(function TargetRows(props: {
  readonly target: OverviewTarget;
  readonly names: Names;
  readonly range: RangeSearch;
  readonly isSmall: boolean;
  readonly slotS: number;
}) {
  const { t } = useTranslation();
  const { target, isSmall } = props;
  const name = (
    <>
      <Link to="/targets/$id" params={{ id: target.id }} search={props.range} className="clip" title={target.name}>
        {target.name}
      </Link>
      {target.group !== '' && <span className="tag clip">{target.group}</span>}
    </>
  );
  const address = checkAddress(target.check);
  // Slots that are empty only because the target is measured less often than there are slots.
  const bridge = Math.ceil((target.intervalS * 1.5) / Math.max(1, props.slotS));
  return (
    <div className={`ov-target${target.paused ? '' : ` ov-${target.outcome}`}`}>
      {isSmall && (
        <div className="ov-title">
          <div className="ov-name" role="row">
            <span role="cell" className="row clip" style={{ flexWrap: 'nowrap' }}>
              {name}
            </span>
          </div>
          <div className="muted clip" style={{ fontSize: 12 }}>
            {address}
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
            {t(target.paused ? 'outcome.paused' : 'overview.waiting')}
          </span>
        </div>
      )}
      {target.lines.map((line, index) => (
        <div
          className={`ov-line${target.paused ? ' ov-paused' : ` is-${line.outcome}`}`}
          role="row"
          key={`${line.vantage} ${line.series}`}
        >
          {!isSmall && (
            <span role="cell" className="ov-name">
              {index === 0 ? (
                <>
                  {name}
                  {target.lines.length === 1 && (
                    <span className="muted clip" title={address}>
                      {address}
                    </span>
                  )}
                </>
              ) : index === 1 ? (
                <span className="muted clip" title={address}>
                  {address}
                </span>
              ) : null}
            </span>
          )}
          <LineCells line={line} names={props.names} isPaused={target.paused} bridge={bridge} />
        </div>
      ))}
    </div>
  );
});

function LineCells(props: {
  readonly line: OverviewLine;
  readonly names: Names;
  readonly isPaused: boolean;
  readonly bridge: number;
}) {
  const { line, isPaused } = props;
  const { t } = useTranslation();
  const trouble = isPaused ? null : troubleOf(line);
  const name = lineName(line, props.names);
  return (
    <>
      <span role="cell" className="ov-vantage clip" title={name}>
        {name}
      </span>
      <span role="cell" className="ov-state">
        <OutcomeBadge outcome={line.outcome} isPaused={isPaused} />
        {!isPaused && <Since at={line.since} />}
      </span>
      <span role="cell" className="ov-why">
        {trouble !== null && <Why trouble={trouble} />}
      </span>
      <span role="cell" className="ov-spark">
        <Sparkline values={line.sparkline} down={line.sparklineDown} bridge={props.bridge} />
      </span>
      <span role="cell" className="ov-last num right">
        {formatUs(line.totalUs)}
      </span>
      <span role="cell" className="ov-p95 num right">
        <span className="only-small muted">{t('overview.p95')} </span>
        {formatMs(line.p95Ms)}
      </span>
      <span role="cell" className="ov-availability num right">
        {formatRatio(line.availability)}
      </span>
    </>
  );
}
