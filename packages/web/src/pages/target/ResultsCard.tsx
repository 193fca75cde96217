import type { StoredResult } from '@watchpost/contracts/api/quality';
import { errorCodes } from '@watchpost/contracts/results/error-codes';
import { formatUs } from '@watchpost/charts/figures';
import { lineName } from '@watchpost/charts/line';
import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { useErrorWords } from '../../language/error-words.ts';
import { useLanguage } from '../../language/language.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { queryString } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { type Range, zonedRange } from '../../api/range.ts';
import { Bones } from '../../parts/Bones.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { moment } from '../../parts/moment.ts';
import { OutcomeBadge } from '../../parts/OutcomeBadge.tsx';
import { ResultDetail } from '../../parts/ResultDetail.tsx';
import { TableHead } from '../../parts/TableHead.tsx';

const OUTCOMES = ['down', 'degraded', 'unknown', 'up'] as const;
const HEADS = ['time', 'vantage', 'outcome', 'status', 'total', 'address', 'error'] as const;
const SEARCH_DELAY_MS = 300;
type Filter = { readonly outcome?: string | undefined; readonly code?: string | undefined; readonly q?: string | undefined };

/** Single results, newest first, 15 on a page. A row opens the measurement. */
export function ResultsCard(props: {
  readonly id: string;
  readonly range: Range;
  readonly codes: readonly string[];
  readonly names: Readonly<Record<string, string>>;
  readonly chosen: string;
  readonly search: Filter;
  readonly onSearch: (filter: Filter) => void;
}) {
  const { t } = useTranslation();
  const { failure } = useErrorWords();
  const isEnglish = useLanguage() === 'en';
  const { search } = props;
  const [vantage, setVantage] = useState<string | null>(null);
  const [place, setPlace] = useState({ key: '', cursor: '' });
  const [open, setOpen] = useState<StoredResult | null>(null);
  const [text, setText] = useState(search.q ?? '');
  const sendText = useDebouncedCallback(
    (value: string) => props.onSearch({ q: value === '' ? undefined : value }),
    SEARCH_DELAY_MS,
  );
  const filter = {
    vantages: vantage ?? props.chosen,
    outcome: search.outcome ?? '',
    errorCode: search.code ?? '',
    search: search.q ?? '',
  };
  const key = JSON.stringify([props.range, filter]);
  // Another filter or range begins at its newest result.
  const cursor = place.key === key ? place.cursor : '';
  const setCursor = (next: string) => setPlace({ key, cursor: next });
  const page = useQuery(queries.results(props.id, props.range, { ...filter, cursor }));
  const rows = page.data?.results ?? [];
  const files = queryString({ ...zonedRange(props.range), ...filter });
  return (
    <section className="card stack" style={{ gap: 0 }}>
      <div className="row spread pad">
        <div className="row">
          <h2>{t('target.results')}</h2>
          <Select
            size="xs"
            w={150}
            clearable
            aria-label={t('results.vantage')}
            placeholder={t('results.vantage')}
            data={props.codes.map((value) => ({ value, label: props.names[value] ?? value }))}
            value={vantage}
            onChange={setVantage}
          />
          <Select
            size="xs"
            w={120}
            clearable
            aria-label={t('results.outcome')}
            placeholder={t('results.outcome')}
            data={OUTCOMES.map((value) => ({ value, label: t(`outcome.${value}`) }))}
            value={search.outcome ?? null}
            onChange={(value) => props.onSearch({ outcome: value ?? undefined })}
          />
          <Select
            size="xs"
            w={190}
            clearable
            searchable
            aria-label={t('results.code')}
            placeholder={t('results.code')}
            data={errorCodes.map((value) => ({ value, label: isEnglish ? value : failure(value, null) }))}
            value={search.code ?? null}
            onChange={(value) => props.onSearch({ code: value ?? undefined })}
          />
          <TextInput
            size="xs"
            type="search"
            data-search
            aria-label={t('results.search')}
            placeholder={t('results.search')}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              sendText(event.target.value);
            }}
          />
        </div>
        <div className="row tight">
          {(['csv', 'json'] as const).map((format) => (
            <Button
              key={format}
              size="compact-xs"
              variant="default"
              component="a"
              href={`/api/v1/targets/${encodeURIComponent(props.id)}/results.${format}${files}`}
              download={`${props.id}-results.${format}`}
              aria-label={`${t('target.results')}: ${format.toUpperCase()}`}
            >
              {format.toUpperCase()}
            </Button>
          ))}
        </div>
      </div>
      {page.error !== null && page.data === undefined && <LoadError error={page.error} onRetry={() => void page.refetch()} />}
      {page.isPending && <Bones height={560} />}
      {page.data !== undefined && rows.length === 0 && <Empty title={t('results.empty')} />}
      {rows.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label={t('target.results')}>
          <table className="table results">
            <TableHead columns={HEADS.map((head) => ({ name: t(`results.${head}`), isRight: head === 'total' }))} />
            <tbody>
              {rows.map((row) => (
                <tr key={row.id} className="press" onClick={() => setOpen(row)}>
                  <td className="num time">
                    <button type="button" className="plain" aria-label={t('results.open', { time: moment(row.startedAt) })}>
                      {moment(row.startedAt)}
                    </button>
                  </td>
                  <td className="vantage">{lineName(row, props.names)}</td>
                  <td className="outcome">
                    <OutcomeBadge outcome={row.outcome} />
                  </td>
                  <td className="num status">{row.httpStatus ?? '–'}</td>
                  <td className="num right total">{formatUs(row.totalUs)}</td>
                  <td className="mono address">{row.remoteIp ?? '–'}</td>
                  <td className="error">
                    {row.fault !== null && <span className="tag fault">{t(`fault.${row.fault}`)}</span>}{' '}
                    <span className="muted">{failure(row.errorCode, row.errorText)}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div className="row pad" style={{ justifyContent: 'flex-end' }}>
        <Button size="xs" variant="default" disabled={cursor === ''} onClick={() => setCursor('')}>
          {t('action.back')}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={(page.data?.next ?? null) === null}
          onClick={() => setCursor(page.data?.next ?? '')}
        >
          {t('action.next')}
        </Button>
      </div>
      {open !== null && (
        <Dialog title={t('results.one')} size="xl" onClose={() => setOpen(null)}>
          <ResultDetail result={open} names={props.names} receivedAt={open.receivedAt} />
        </Dialog>
      )}
    </section>
  );
}
