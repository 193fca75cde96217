import type { CommandLine } from '@watchpost/contracts/api/audit';
import { Button, Select, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { type CommandsSearch, commandsQuery, queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { textOf } from '../../parts/FormDialog.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { moment } from '../../parts/moment.ts';
import { useMayWrite } from '../../parts/session.ts';
import { CommandDetail } from './CommandDetail.tsx';
import { CommandRow } from './CommandRow.tsx';
import './commands.css';

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
  const queryClient = useQueryClient();
  const hosts = useQuery(queries.hosts());
  const saved = useQuery(queries.savedSearches());
  const pages = useInfiniteQuery(queries.commands(search));
  const [opened, setOpened] = useState<CommandLine | null>(null);
  const lines = pages.data?.pages.flatMap(({ commands }) => commands) ?? [];
  const last = pages.data?.pages.at(-1);
  const words = [...(search.q ?? '').matchAll(/"([^"]+)"|(\S+)/g)].map(([, phrase, word]) => phrase ?? word ?? '');
  const change = (values: Partial<CommandsSearch>) => {
    const next = Object.fromEntries(
      Object.entries({ ...search, ...values }).filter(([, value]) => value !== undefined && value !== ''),
    );
    void navigate({ to: '/commands', search: next });
  };
  const save = async () => {
    const name = search.q ?? search.user ?? search.exit ?? t('commands.all');
    await api.post('/saved-searches', { name, query: new URLSearchParams(search as Record<string, string>).toString() });
    await queryClient.invalidateQueries({ queryKey: ['saved-searches'] });
  };
  return (
    <div className="stack">
      <div className="row spread">
        <h1>{t('commands.search')}</h1>
        <div className="row tight">
          <Button size="xs" variant="default" onClick={() => void save()}>
            {t('commands.save')}
          </Button>
          {(['jsonl', 'csv'] as const).map((format) => (
            <Button
              key={format}
              size="xs"
              variant="default"
              component="a"
              href={`/api/v1/commands/export.${format}${commandsQuery(search)}`}
              title={t('commands.exportNoted')}
            >
              {format.toUpperCase()}
            </Button>
          ))}
        </div>
      </div>
      <form
        key={JSON.stringify(search)}
        className="card pad cmd-form"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          change({ q: textOf(form, 'q'), user: textOf(form, 'user'), loginUser: textOf(form, 'loginUser') });
        }}
      >
        <TextInput
          name="q"
          size="xs"
          label={t('commands.words')}
          description={t('commands.wordsHint')}
          defaultValue={search.q ?? ''}
          className="grow"
          data-search
        />
        <Select
          size="xs"
          label={t('commands.host')}
          data={hosts.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          value={search.host ?? null}
          onChange={(host) => change({ host: host ?? undefined })}
          clearable
          searchable
        />
        <TextInput name="user" size="xs" label={t('commands.user')} defaultValue={search.user ?? ''} />
        <TextInput name="loginUser" size="xs" label={t('commands.loginUser')} defaultValue={search.loginUser ?? ''} />
        <Select
          size="xs"
          label={t('commands.exit')}
          data={(['ok', 'failed', 'running'] as const).map((value) => ({ value, label: t(`commands.exits.${value}`) }))}
          value={search.exit ?? null}
          onChange={(exit) => change({ exit: exit ?? undefined })}
          clearable
        />
        <Select
          size="xs"
          label={t('commands.hiddenBy')}
          data={(['any', 'none'] as const).map((value) => ({ value, label: t(`commands.hiddens.${value}`) }))}
          value={search.hidden ?? null}
          onChange={(hidden) => change({ hidden: hidden ?? undefined })}
          clearable
        />
        <Button size="xs" type="submit">
          {t('commands.find')}
        </Button>
        {search.token !== undefined && (
          <Button size="xs" variant="light" onClick={() => change({ token: undefined })}>
            {t('commands.sameSecret')} ✕
          </Button>
        )}
      </form>
      {saved.data !== undefined && saved.data.length > 0 && (
        <div className="row tight">
          <span className="muted small">{t('commands.saved')}</span>
          {saved.data.map(({ id, name, query }) => (
            <Button
              key={id}
              size="compact-xs"
              variant="default"
              onClick={() => void navigate({ to: '/commands', search: Object.fromEntries(new URLSearchParams(query)) })}
            >
              {name}
            </Button>
          ))}
        </div>
      )}
      {pages.error !== null && pages.data === undefined && <LoadError error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isPending && <Bones height={400} />}
      {pages.data !== undefined && (
        <div className="card cmd-list dated">
          {lines.length === 0 && <Empty title={t('commands.noMatch')} />}
          {lines.map((line) => (
            <CommandRow key={line.id} line={line} words={words} hasDate onOpen={setOpened} />
          ))}
        </div>
      )}
      <div className="row spread">
        <span className="muted small">
          {last !== undefined && last.searchedBackTo !== null && t('commands.backTo', { time: moment(last.searchedBackTo) })}
        </span>
        {pages.hasNextPage && (
          <Button size="xs" variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t('commands.older')}
          </Button>
        )}
      </div>
      {opened !== null && <CommandDetail line={opened} onOpen={setOpened} onClose={() => setOpened(null)} />}
    </div>
  );
}
