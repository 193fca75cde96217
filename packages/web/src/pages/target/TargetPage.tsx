import { shareCrosshair } from '@watchpost/charts/engine';
import { lineColor } from '@watchpost/charts/palette';
import { Chip, SegmentedControl, useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import { type Range, RANGE_SECONDS, rangeOf, type RangeSearch } from '../../api/range.ts';
import type { TargetSearch } from '../../api/page-search.ts';
import { useLanguage } from '../../language/language.ts';
import { Bones } from '../../parts/Bones.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { RangePicker } from '../../parts/RangePicker.tsx';
import { ZoomButtons } from '../../parts/ZoomButtons.tsx';
import { ChartCard } from './ChartCard.tsx';
import { CROSSHAIR_GROUP } from './ChartView.tsx';
import { GapNotes } from './GapNotes.tsx';
import { ResultsCard } from './ResultsCard.tsx';
import { TargetHeader } from './TargetHeader.tsx';

const VIEWS = ['phases', 'percentiles', 'compare'] as const;
const KIND_OF_VIEW = { phases: 'response-time', percentiles: 'percentiles', compare: 'compare' } as const;
/** One target from all of its vantage points. Range, vantage points and view stand in the address. */
export function TargetPage() {
  const { t } = useTranslation();
  const lang = useLanguage();
  const theme = useComputedColorScheme('light');
  const { id } = useParams({ from: '/inside/targets/$id' });
  const search = useSearch({ from: '/inside/targets/$id' });
  const navigate = useNavigate({ from: '/targets/$id' });
  const range = rangeOf(search);
  const chosen = search.vantages ?? '';
  const target = useQuery(queries.target(id));
  const series = useQuery(queries.series(id, range, chosen));
  const { data: vantages } = useQuery(queries.vantages());
  const view = VIEWS.find((each) => each === search.view) ?? 'phases';
  useEffect(() => shareCrosshair(CROSSHAIR_GROUP), []);
  const options = useMemo(
    () => ({
      theme,
      lang,
      alarmMs: target.data?.alarmMs ?? null,
      vantageNames: Object.fromEntries((vantages ?? []).map((vantage) => [vantage.code, vantage.name])),
      vantageColors: Object.fromEntries(
        (vantages ?? []).map((vantage, index) => [vantage.code, vantage.color ?? lineColor(vantage.code, index, { theme })]),
      ),
    }),
    [theme, lang, target.data?.alarmMs, vantages],
  );
  const change = (part: { readonly [K in keyof TargetSearch]?: TargetSearch[K] | undefined }, replace = false) =>
    void navigate({ replace, resetScroll: false, search: (before) => ({ ...before, ...part }) as TargetSearch });
  const setRange = (next: RangeSearch) => change({ range: next.range, from: next.from, to: next.to });
  const rangeSearch = 'range' in range ? (search.range === undefined ? {} : { range: range.range }) : range;
  const zoom = (from: number, to: number) => setRange({ from, to });
  const codes = useMemo(() => target.data?.vantages ?? [], [target.data]);
  // Everywhere in the order in which the target names its vantage points.
  const shown = useMemo(
    () =>
      series.data && {
        ...series.data,
        lines: series.data.lines.toSorted((a, b) => codes.indexOf(a.vantage) - codes.indexOf(b.vantage)),
      },
    [series.data, codes],
  );
  if (target.error !== null && target.data === undefined)
    return <LoadError error={target.error} onRetry={() => void target.refetch()} />;
  const selected = chosen === '' ? codes : chosen.split(',');
  const card = { range, vantages: chosen, options, onZoom: zoom };
  return (
    <div className="stack">
      {target.data === undefined ? (
        <Bones height={64} />
      ) : (
        <TargetHeader target={target.data} names={options.vantageNames} rangeSearch={rangeSearch} />
      )}
      <div className="row spread">
        <div className="row">
          <RangePicker range={range} onChange={setRange} />
          <ZoomButtons range={range} shown={shown ?? fallbackRange(range)} onChange={setRange} />
        </div>
        {codes.length > 1 && (
          <Chip.Group
            multiple
            value={[...selected]}
            onChange={(value) =>
              change({
                vantages:
                  value.length === 0 || value.length === codes.length
                    ? undefined
                    : codes.filter((code) => value.includes(code)).join(','),
              })
            }
          >
            <div className="row tight" role="group" aria-label={t('target.vantages')}>
              {codes.map((code) => (
                <Chip key={code} size="xs" value={code} variant="outline">
                  {options.vantageNames[code] ?? code}
                </Chip>
              ))}
            </div>
          </Chip.Group>
        )}
      </div>
      {series.error !== null && series.data === undefined && (
        <LoadError error={series.error} onRetry={() => void series.refetch()} />
      )}
      {series.isPending && (
        <>
          <Bones height={440} />
          <Bones height={330} />
          <Bones height={300} />
        </>
      )}
      {shown !== undefined && shown.lines.length === 0 && (
        <div className="card">
          <Empty title={t('target.noVantage')} />
        </div>
      )}
      {shown !== undefined && shown.gaps.length > 0 && <GapNotes gaps={shown.gaps} names={options.vantageNames} />}
      {shown !== undefined && shown.lines.length > 0 && (
        <>
          <ChartCard
            {...card}
            title={t('target.responseTime')}
            kind={KIND_OF_VIEW[view]}
            series={shown}
            control={
              <SegmentedControl
                size="xs"
                aria-label={t('target.view')}
                value={view}
                onChange={(value) => change({ view: value === 'phases' ? undefined : value })}
                data={VIEWS.map((value) => ({ value, label: t(`target.${value}`) }))}
              />
            }
          />
          <div className="panels">
            <ChartCard {...card} title={t('target.speed')} kind="speed" series={shown} />
            <ChartCard {...card} title={t('target.availability')} kind="availability" series={shown} />
          </div>
          <p className="muted" style={{ margin: 0, fontSize: 12.5 }}>
            {t('target.hint')} · {shown.tz} · {shown.tier}
          </p>
        </>
      )}
      {/* Without a line there is no result either. */}
      {shown?.lines.length !== 0 && (
        <ResultsCard
          id={id}
          range={range}
          codes={codes}
          names={options.vantageNames}
          chosen={chosen}
          search={search}
          onSearch={(part) => change(part, true)}
        />
      )}
    </div>
  );
}

/** The range in Unix ms while the server has not told yet. */
function fallbackRange(range: Range): { readonly from: number; readonly to: number } {
  if (!('range' in range)) return range;
  const to = Date.now();
  return { from: to - RANGE_SECONDS[range.range] * 1000, to };
}
