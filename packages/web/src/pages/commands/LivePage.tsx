import type { CommandLine } from '@watchpost/contracts/api/audit';
import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries.ts';
import { Empty } from '../../parts/Empty.tsx';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { useMayWrite } from '../../parts/session.ts';
import { CommandDetail } from './CommandDetail.tsx';
import { CommandRow } from './CommandRow.tsx';
import './commands.css';
import { type HostChoice, HostTree } from './HostTree.tsx';
import { useLiveCommands } from './use-live-commands.ts';
import { typedText } from './visible-text.ts';

const ROW_PX = 26;
/** So near to the end the page stays at the end. */
const NEAR_END_PX = 60;

/** Commands as they are typed, newest at the bottom. */
export function LivePage() {
  const { t } = useTranslation();
  const mayLook = useMayWrite();
  if (!mayLook) return <Empty title={t('commands.forbidden')} />;
  return <LiveStreamView />;
}

function LiveStreamView() {
  const { t } = useTranslation();
  const hosts = useQuery(queries.hosts());
  const groups = useQuery(queries.hostGroups());
  const [choice, setChoice] = useState<HostChoice>({ hosts: [], groups: [] });
  const [isPaused, setPaused] = useState(false);
  const [filter, setFilter] = useState('');
  const [opened, setOpened] = useState<CommandLine | null>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const { buffer, isConnected, waiting, clear } = useLiveCommands(choice, isPaused);
  const words = useMemo(() => filter.toLowerCase().split(/\s+/).filter(Boolean), [filter]);
  const lines = useMemo(
    () =>
      words.length === 0
        ? buffer.lines
        : buffer.lines.filter((line) => {
            const text = `${line.host} ${line.loginUser} ${line.user} ${typedText(line)}`.toLowerCase();
            return words.every((word) => text.includes(word));
          }),
    [buffer.lines, words],
  );
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 20,
    getItemKey: (index) => lines[index]?.id ?? index,
  });
  useEffect(() => {
    if (isAtEnd && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [isAtEnd, lines, rows]);
  return (
    <div className="stack">
      <div className="row spread">
        <div className="row">
          <h1>{t('commands.live')}</h1>
          <span className="live" role="status">
            <OutcomeShape outcome={isPaused ? 'unknown' : isConnected ? 'up' : 'degraded'} size={9} />
            {isPaused ? t('commands.paused', { count: waiting }) : isConnected ? t('live.live') : t('live.connecting')}
          </span>
        </div>
        <div className="row tight">
          <TextInput
            size="xs"
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
            placeholder={t('commands.filter')}
            aria-label={t('commands.filter')}
            data-search
          />
          <Button size="xs" variant="default" onClick={() => setPaused(!isPaused)} aria-pressed={isPaused}>
            {isPaused ? t('commands.resume') : t('commands.pause')}
          </Button>
          <Button size="xs" variant="default" onClick={clear}>
            {t('commands.clear')}
          </Button>
        </div>
      </div>
      <div className="live-page">
        <HostTree hosts={hosts.data ?? []} groups={groups.data ?? []} choice={choice} onChoose={setChoice} />
        <div className="card live-card">
          <div
            ref={box}
            className="cmd-stream"
            tabIndex={0}
            role="log"
            aria-label={t('commands.live')}
            aria-live="off"
            onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) =>
              setAtEnd(scrollHeight - scrollTop - clientHeight < NEAR_END_PX)
            }
          >
            {lines.length === 0 ? (
              <Empty title={words.length > 0 ? t('commands.noMatch') : t('commands.quiet')} />
            ) : (
              <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
                {rows.getVirtualItems().map((row) => {
                  const line = lines[row.index];
                  return line === undefined ? null : (
                    <div key={row.key} className="cmd-slot" style={{ transform: `translateY(${row.start}px)`, height: ROW_PX }}>
                      <CommandRow line={line} words={words} onOpen={setOpened} />
                    </div>
                  );
                })}
              </div>
            )}
          </div>
          <div className="row spread live-foot muted small">
            <span>
              {t('commands.shown', { count: lines.length })}
              {buffer.skipped > 0 && ` · ${t('commands.skipped', { count: buffer.skipped })}`}
            </span>
            {!isAtEnd && (
              <Button size="compact-xs" variant="light" onClick={() => setAtEnd(true)}>
                {t('commands.newest')}
              </Button>
            )}
          </div>
        </div>
      </div>
      {opened !== null && <CommandDetail line={opened} onOpen={setOpened} onClose={() => setOpened(null)} />}
    </div>
  );
}
