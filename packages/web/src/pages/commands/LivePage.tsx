import type { CommandLine } from '@watchpost/contracts/api/audit';
import { Button, TextInput } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { Bones } from '../../parts/Bones.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { useMayWrite } from '../../parts/session.ts';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { CommandDetail } from './CommandDetail.tsx';
import './commands.css';
import { choiceOf, choiceText, type HostChoice } from './host-choice.ts';
import { HostPanel } from './HostPanel.tsx';
import { filterText } from './live-buffer.ts';
import { LiveList } from './LiveList.tsx';
import { useLiveCommands } from './use-live-commands.ts';
import { typedText } from './visible-text.ts';

/** Commands as they are typed, newest at the bottom. */
export function LivePage() {
  const { t } = useTranslation();
  if (!useMayWrite()) return <Empty title={t('commands.forbidden')} />;
  return <LiveStreamView />;
}

function LiveStreamView() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/live' });
  const choice = useMemo(() => choiceOf(search), [search]);
  const [isPaused, setPaused] = useState(false);
  const [filter, setFilter] = useState('');
  const [opened, setOpened] = useState<CommandLine | null>(null);
  const stream = useLiveCommands(choice, isPaused);
  const { buffer, error, isConnected } = stream;
  const words = useMemo(() => filter.toLowerCase().split(/\s+/).filter(Boolean), [filter]);
  const lines = useMemo(
    () =>
      words.length === 0
        ? buffer.lines
        : buffer.lines.filter((line) => words.every((word) => filterText(line, typedText).includes(word))),
    [buffer.lines, words],
  );
  usePauseKey(() => setPaused((before) => !before));
  const findToken = useCallback((token: string) => void navigate({ to: '/commands', search: { token } }), [navigate]);
  const choose = useCallback(
    (next: HostChoice) => void navigate({ to: '/live', search: choiceText(next), replace: true, resetScroll: false }),
    [navigate],
  );
  return (
    <div className="live-page">
      <div className="row spread live-head">
        <div className="row">
          <PageTitle text={t('commands.live')} />
          <span className="live" role="status">
            <OutcomeShape outcome={isPaused ? 'unknown' : isConnected ? 'up' : 'degraded'} size={9} />
            {isPaused ? t('commands.paused', { count: stream.waiting }) : t(isConnected ? 'live.live' : 'live.connecting')}
          </span>
        </div>
        <div className="row tight live-tools">
          <TextInput
            size="xs"
            type="search"
            className="grow"
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
            placeholder={t('commands.filter')}
            aria-label={t('commands.filter')}
            data-search
          />
          <Button
            size="xs"
            w={86}
            px={0}
            variant={isPaused ? 'filled' : 'default'}
            onClick={() => setPaused(!isPaused)}
            aria-pressed={isPaused}
          >
            {t(isPaused ? 'commands.resume' : 'commands.pause')}
          </Button>
          <Button size="xs" variant="default" onClick={stream.clear}>
            {t('commands.clear')}
          </Button>
        </div>
      </div>
      <div className="with-hosts">
        <HostPanel choice={choice} onChoose={choose} />
        <section className="card live-card" aria-label={t('commands.live')}>
          {lines.length > 0 ? (
            <LiveList
              lines={lines}
              left={words.length > 0 ? 0 : buffer.left}
              words={words}
              onOpen={setOpened}
              onToken={findToken}
            />
          ) : (
            <div className="cmd-frame pad">
              {error !== null ? (
                <LoadError error={error} onRetry={stream.retry} />
              ) : stream.isLoading ? (
                <Bones height={240} />
              ) : (
                <Empty
                  title={t(words.length > 0 ? 'commands.noMatch' : 'commands.quiet')}
                  {...(words.length > 0 ? {} : { lead: t('commands.quietLead') })}
                />
              )}
            </div>
          )}
          <div className="row spread live-foot muted small" role="status" aria-live="off">
            <span>
              {words.length > 0
                ? t('commands.matching', { count: lines.length, all: buffer.lines.length })
                : t('commands.shown', { count: lines.length })}
              {buffer.skipped > 0 && (
                <strong className="state-degraded"> · {t('commands.skipped', { count: buffer.skipped })}</strong>
              )}
              {stream.hasHole && <strong className="state-degraded"> · {t('commands.hole')}</strong>}
            </span>
            <Link to="/commands" search={search}>
              {t('commands.search')}
            </Link>
          </div>
        </section>
      </div>
      {opened !== null && <CommandDetail line={opened} onOpen={setOpened} onClose={() => setOpened(null)} />}
    </div>
  );
}

/** `p` pauses the stream and lets it go on. */
function usePauseKey(toggle: () => void): void {
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent): void => {
      const isElsewhere =
        event.target instanceof Element && event.target.closest('input, textarea, select, [role=dialog]') !== null;
      if (event.key === 'p' && !isElsewhere && !event.ctrlKey && !event.metaKey && !event.altKey) toggle();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [toggle]);
}
