import type { Target } from '@watchpost/contracts/targets/target';
import { lineName } from '@watchpost/charts/line';
import { formatUs } from '@watchpost/charts/figures';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import type { RangeSearch } from '../../api/range.ts';
import { OutcomeBadge } from '../../parts/OutcomeBadge.tsx';
import { useMayWrite } from '../../parts/session.ts';
import { Since } from '../../parts/Since.tsx';
import { troubleOf } from '../../parts/trouble.ts';
import { Why } from '../../parts/Why.tsx';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { checkAddress } from '../overview/check-address.ts';

/** Name, address and the state of each line now, kept true by the live connection through the overview's data. */
export function TargetHeader(props: {
  readonly target: Target;
  readonly names: Readonly<Record<string, string>>;
  readonly rangeSearch: RangeSearch;
}) {
  const { t } = useTranslation();
  const { target, names } = props;
  const mayWrite = useMayWrite();
  const { data } = useQuery(queries.overview({ range: '3h' }));
  const lines = data?.targets.find((each) => each.id === target.id)?.lines ?? [];
  return (
    <div className="stack" style={{ gap: 12 }}>
      <div>
        <div className="row tight muted" style={{ fontSize: 13 }}>
          <Link to="/" search={props.rangeSearch}>
            {t('nav.overview')}
          </Link>
          {target.group !== '' && (
            <>
              <span aria-hidden="true">/</span>
              <Link to="/" search={{ ...props.rangeSearch, group: target.group }}>
                {target.group}
              </Link>
            </>
          )}
        </div>
        <div className="row spread" style={{ alignItems: 'flex-start', flexWrap: 'nowrap' }}>
          <div className="grow">
            <PageTitle text={target.name} />
            <div className="row tight">
              <span className="mono muted">{checkAddress(target.check)}</span>
              <span className="tag num">{t('target.every', { seconds: target.intervalS })}</span>
              {Object.entries(target.labels).map(([name, value]) => (
                <span key={name} className="tag">
                  {name}={value}
                </span>
              ))}
            </div>
          </div>
          {mayWrite && (
            <Button
              size="xs"
              variant="default"
              renderRoot={(button) => <Link to="/targets/$id/edit" params={{ id: target.id }} {...button} />}
            >
              {t('action.edit')}
            </Button>
          )}
        </div>
      </div>
      {lines.length > 0 && (
        <ul className="card now" aria-label={t('target.now')}>
          {lines.map((line) => {
            const trouble = target.paused ? null : troubleOf(line);
            return (
              <li key={`${line.vantage} ${line.series}`} className={target.paused ? 'ov-paused' : `is-${line.outcome}`}>
                <strong className="clip">{lineName(line, names)}</strong>
                <span className="ov-state">
                  <OutcomeBadge outcome={line.outcome} isPaused={target.paused} />
                  {!target.paused && <Since at={line.since} />}
                </span>
                <span className="num right">{formatUs(line.totalUs)}</span>
                <span className="ov-why">{trouble !== null && <Why trouble={trouble} />}</span>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
