import { Button, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries.ts';
import { rangeOf } from '../../api/range.ts';
import type { OverviewSearch } from '../../app/router.tsx';
import { Bones } from '../../parts/Bones.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { RangePicker } from '../../parts/RangePicker.tsx';
import { OverviewTable } from './OverviewTable.tsx';
import { filterTargets, groupsOf, STATES } from './filter-targets.ts';

/** Every target from every vantage point: what is down comes first. */
export function OverviewPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/inside/' });
  const navigate = useNavigate({ from: '/' });
  const range = rangeOf(search);
  const overview = useQuery(queries.overview(range));
  const { data: vantages } = useQuery(queries.vantages());
  const names = useMemo(() => Object.fromEntries((vantages ?? []).map((vantage) => [vantage.code, vantage.name])), [vantages]);
  const all = overview.data?.targets;
  const shown = useMemo(() => filterTargets(all ?? [], search), [all, search]);
  const groups = useMemo(() => groupsOf(all ?? []), [all]);
  const change = (part: { readonly [K in keyof OverviewSearch]?: OverviewSearch[K] | undefined }) =>
    void navigate({ replace: true, search: (before) => ({ ...before, ...part }) as OverviewSearch });
  return (
    <div className="stack">
      <div className="row spread">
        <h1>{t('overview.title')}</h1>
        <RangePicker range={range} onChange={(next) => change({ range: next.range, from: next.from, to: next.to })} />
      </div>
      <div className="row">
        <TextInput
          size="xs"
          type="search"
          data-search
          className="grow"
          style={{ maxWidth: 340 }}
          aria-label={t('overview.search')}
          placeholder={t('overview.search')}
          value={search.q ?? ''}
          onChange={(event) => change({ q: event.target.value === '' ? undefined : event.target.value })}
        />
        {groups.length > 0 && (
          <Select
            size="xs"
            aria-label={t('overview.group')}
            placeholder={t('overview.allGroups')}
            clearable
            data={groups}
            value={search.group ?? null}
            onChange={(value) => change({ group: value ?? undefined })}
          />
        )}
        <Select
          size="xs"
          aria-label={t('overview.state')}
          placeholder={t('overview.allStates')}
          clearable
          data={STATES.map((value) => ({ value, label: t(`outcome.${value}`) }))}
          value={search.state ?? null}
          onChange={(value) => change({ state: value ?? undefined })}
        />
        {all !== undefined && (
          <span className="muted num" role="status">
            {t('overview.count', { shown: shown.length, all: all.length })}
          </span>
        )}
      </div>
      {overview.error !== null && <LoadError error={overview.error} onRetry={() => void overview.refetch()} />}
      {overview.isPending && <Bones height={420} />}
      {all?.length === 0 && (
        <div className="card">
          <Empty title={t('overview.empty')} lead={t('overview.emptyLead')}>
            <Button renderRoot={(props) => <Link to="/targets/new" {...props} />}>{t('targets.add')}</Button>
          </Empty>
        </div>
      )}
      {all !== undefined && all.length > 0 && shown.length === 0 && (
        <div className="card">
          <Empty title={t('overview.noMatch')} />
        </div>
      )}
      {shown.length > 0 && <OverviewTable targets={shown} names={names} search={search} />}
    </div>
  );
}
