import type { CommandLine } from '@watchpost/contracts/api/audit';
import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { changeSearch, type SearchChange, searchRange, searchWords } from '../../api/commands-search.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { moment } from '../../parts/moment.ts';
import { RangePicker } from '../../parts/RangePicker.tsx';
import { useMayWrite } from '../../parts/session.ts';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { CommandDetail } from './CommandDetail.tsx';
import { CommandRow } from './CommandRow.tsx';
import './commands.css';
import { choiceOf, choiceText } from './host-choice.ts';
import { HostPanel } from './HostPanel.tsx';
import { SavedSearches } from './SavedSearches.tsx';
import { SearchExports } from './SearchExports.tsx';
import { SearchForm } from './SearchForm.tsx';

/** Looks for commands, newest first. All of the search is in the address. */
export function SearchPage() {
  const { t } = useTranslation();
  if (!useMayWrite()) return <Empty title={t('commands.forbidden')} />;
  return <Search />;
}

function Search() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/inside/commands' });
  const navigate = useNavigate();
  const hosts = useQuery(queries.hosts());
  const pages = useInfiniteQuery(queries.commands(search));
  const [opened, setOpened] = useState<CommandLine | null>(null);
  const lines = pages.data?.pages.flatMap(({ commands }) => commands) ?? [];
  const last = pages.data?.pages.at(-1);
  const words = useMemo(() => searchWords(search.q ?? ''), [search.q]);
  const change = (values: SearchChange) =>
    void navigate({ to: '/commands', search: changeSearch(search, values), resetScroll: false });
  return (
    <div className="stack">
      <div className="row spread">
        <PageTitle text={t('commands.search')} />
        <SearchExports search={search} />
      </div>
      <SavedSearches search={search} />
      <div className="with-hosts">
        <HostPanel choice={choiceOf(search)} onChoose={(choice) => change(choiceText(choice))} />
        <div className="stack">
          <div className="card pad stack">
            <RangePicker
              range={searchRange(search)}
              onChange={(range) => change({ range: undefined, from: undefined, to: undefined, ...range })}
            />
            <SearchForm search={search} onChange={change} />
          </div>
          {pages.error !== null && pages.data === undefined && (
            <LoadError error={pages.error} onRetry={() => void pages.refetch()} />
          )}
          {pages.isPending && <Bones height={400} />}
          {pages.data !== undefined && (
            <section className="card cmd-list dated" aria-label={t('commands.found')}>
              {lines.length === 0 && (
                <Empty
                  title={t('commands.noMatch')}
                  {...(hosts.data?.length === 0 ? { lead: t('hosts.none') } : { lead: t('commands.noMatchLead') })}
                />
              )}
              {lines.map((line) => (
                <CommandRow key={line.id} line={line} words={words} hasDate onOpen={setOpened} />
              ))}
            </section>
          )}
          {pages.data !== undefined && (
            <div className="row spread">
              <span className="muted small" role="status">
                {lines.length > 0 && t('commands.shown', { count: lines.length })}
                {last !== undefined &&
                  last.searchedBackTo !== null &&
                  ` · ${t('commands.backTo', { time: moment(last.searchedBackTo) })}`}
              </span>
              {pages.hasNextPage && (
                <Button size="xs" variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                  {t('commands.older')}
                </Button>
              )}
            </div>
          )}
        </div>
      </div>
      {opened !== null && <CommandDetail line={opened} onOpen={setOpened} onClose={() => setOpened(null)} />}
    </div>
  );
}
