import type { Target } from '@watchpost/contracts/targets/target';
import { lineName } from '@watchpost/charts/line';
import { formatUs } from '@watchpost/charts/figures';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries.ts';
import { moment } from '../../parts/moment.ts';
import { OutcomeBadge } from '../../parts/OutcomeBadge.tsx';
import { useMayWrite } from '../../parts/session.ts';
import { checkAddress } from '../overview/check-address.ts';

/** Name, address and the state of each line now, kept true by the live connection through the overview's data. */
export function TargetHeader({ target, names }: { readonly target: Target; readonly names: Readonly<Record<string, string>> }) {
  const { t } = useTranslation();
  const mayWrite = useMayWrite();
  const { data } = useQuery(queries.overview({ range: '3h' }));
  const lines = data?.targets.find((each) => each.id === target.id)?.lines ?? [];
  return (
    <div className="stack tight">
      <div className="row spread" style={{ alignItems: 'flex-start' }}>
        <div className="grow">
          <h1>{target.name}</h1>
          <div className="mono muted">{checkAddress(target.check)}</div>
        </div>
        {mayWrite && (
          <Button
            size="xs"
            variant="default"
            renderRoot={(props) => <Link to="/targets/$id/edit" params={{ id: target.id }} {...props} />}
          >
            {t('action.edit')}
          </Button>
        )}
      </div>
      <div className="row" style={{ minHeight: 26, gap: '6px 24px' }}>
        {lines.map((line) => (
          <span key={`${line.vantage} ${line.series}`} className="row tight">
            <strong>{lineName(line, names)}</strong>
            <OutcomeBadge outcome={line.outcome} isPaused={target.paused} />
            <span className="num">{formatUs(line.totalUs)}</span>
            {line.outcome !== 'up' && line.since !== null && (
              <span className="muted num">
                {t('overview.since')} {moment(line.since)}
              </span>
            )}
            {line.errorText !== null && line.outcome !== 'up' && <span className="muted">{line.errorText}</span>}
          </span>
        ))}
      </div>
    </div>
  );
}
