import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import { rangeOf } from '../../api/range.ts';
import type { OverviewSearch } from '../../api/page-search.ts';
import { Bones } from '../../parts/Bones.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { RangePicker } from '../../parts/RangePicker.tsx';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { OverviewTable } from './OverviewTable.tsx';
import { filterTargets, groupsOf } from './filter-targets.ts';
import { countStates, overviewItems } from './overview-items.ts';
import { StateFilter } from './StateFilter.tsx';

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
  const isGrouped = search.view === 'groups';
  const { counts, items } = useMemo(() => {
    const { state: _, ...withoutState } = search;
    return {
      counts: countStates(filterTargets(all ?? [], withoutState)),
      items: overviewItems(filterTargets(all ?? [], search), isGrouped),
    };
  }, [all, search, isGrouped]);
  const down = useMemo(() => countStates(all ?? []).down, [all]);
  const groups = useMemo(() => groupsOf(all ?? []), [all]);
  const change = (part: { readonly [K in keyof OverviewSearch]?: OverviewSearch[K] | undefined }) =>
    void navigate({ replace: true, search: (before) => ({ ...before, ...part }) });
  return (
    <div className="stack">
      <div className="row spread">
        <PageTitle text={t('overview.title')} alarms={down} />
        <RangePicker range={range} onChange={(next) => change({ range: next.range, from: next.from, to: next.to })} />
      </div>
      <div className="row" style={{ minHeight: 32 }}>
        {all !== undefined && all.length > 0 && (
          <StateFilter counts={counts} state={search.state} onState={(state) => change({ state })} />
        )}
      </div>
      <div className="row">
        <TextInput
          size="xs"
          type="search"
          data-search
          className="ov-search"
          aria-label={t('overview.search')}
          placeholder={t('overview.search')}
          value={search.q ?? ''}
          onChange={(event) => change({ q: event.target.value === '' ? undefined : event.target.value })}
        />
        {groups.length > 0 && (
          <>
            <NativeSelect
              size="xs"
              aria-label={t('overview.group')}
              data={[{ value: '', label: t('overview.allGroups') }, ...groups]}
              value={search.group ?? ''}
              onChange={(event) => change({ group: event.target.value === '' ? undefined : event.target.value })}
            />
            <Checkbox
              size="xs"
              label={t('overview.byGroup')}
              checked={isGrouped}
              onChange={(event) => change({ view: event.target.checked ? 'groups' : undefined })}
            />
          </>
        )}
      </div>
      {overview.error !== null && all === undefined && (
        <LoadError error={overview.error} onRetry={() => void overview.refetch()} />
      )}
      {overview.isPending && <Bones height={420} />}
      {all?.length === 0 && (
        <div className="card">
          <Empty title={t('overview.empty')} lead={t('overview.emptyLead')}>
            <Button renderRoot={(props) => <Link to="/targets/new" {...props} />}>{t('targets.add')}</Button>
          </Empty>
        </div>
      )}
      {all !== undefined && all.length > 0 && items.length === 0 && (
        <div className="card">
          <Empty title={t('overview.noMatch')} />
        </div>
      )}
      {items.length > 0 && <OverviewTable items={items} names={names} search={search} slotS={overview.data?.slotS ?? 60} />}
    </div>
  );
}
