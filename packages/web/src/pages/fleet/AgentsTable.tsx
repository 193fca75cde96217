import type { Agent } from '@watchpost/contracts/api/fleet';
import type { Outcome } from '@watchpost/contracts/results/outcome';
import { formatBytes, formatCount, formatMs, formatUs } from '@watchpost/charts/figures';
import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { useLanguage } from '../../language/language.ts';
import { ago, moment } from '../../parts/moment.ts';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { TableHead } from '../../parts/TableHead.tsx';

const SHAPES: Readonly<Record<Agent['state'], Outcome>> = {
  online: 'up',
  late: 'degraded',
  offline: 'down',
  never: 'unknown',
  revoked: 'unknown',
};

const HEADS = ['name', 'state', 'version', 'contact', 'spool', 'clock', 'load', 'lost'] as const;

/** How often "3 s ago" is counted on. */
const CLOCK_MS = 1_000;

/** Agents: state, spool, clock and load. Refreshed every few seconds. */
export function AgentsTable({
  agents,
  onRevoke,
}: {
  readonly agents: readonly Agent[];
  readonly onRevoke: ((agent: Agent) => void) | null;
}) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), CLOCK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="card scroll" tabIndex={0} role="region" aria-label={t('fleet.agents')}>
      <table className="table stackable">
        <TableHead columns={[...HEADS.map((head) => t(`fleet.${head}`)), '']} />
        <tbody>
          {agents.map((agent) => {
            const { status } = agent;
            const dropped = agent.gapRecords;
            return (
              <tr key={agent.id}>
                <td>
                  <strong>{agent.name}</strong> <span className="tag mono">{agent.vantage}</span>
                  <div className="muted mono">{agent.address ?? agent.id}</div>
                </td>
                <td data-label={t('fleet.state')}>
                  <span className={`state state-${SHAPES[agent.state]}`}>
                    <OutcomeShape outcome={SHAPES[agent.state]} />
                    {t(`agentState.${agent.state}`)}
                  </span>
                </td>
                <td data-label={t('fleet.version')} className="num">
                  {status?.version ?? '–'}
                </td>
                <td data-label={t('fleet.contact')} className="num" title={moment(agent.lastContactAt)}>
                  {agent.lastContactAt === null ? t('state.never') : ago(agent.lastContactAt, now, language)}
                </td>
                <td data-label={t('fleet.spool')} className="num">
                  {status === null ? '–' : `${formatCount(status.spoolRecords)} · ${formatBytes(status.spoolBytes)}`}
                  {status?.oldestUnsentAt != null && <div className="muted">{ago(status.oldestUnsentAt, now, language)}</div>}
                </td>
                <td data-label={t('fleet.clock')} className="num">
                  {formatMs(status?.clockOffsetMs ?? null)}
                </td>
                <td data-label={t('fleet.load')} className="num">
                  {status === null ? (
                    '–'
                  ) : (
                    <>
                      {(status.cpuRatio * 100).toFixed(1)} % · {formatBytes(status.rssBytes)} · {t('fleet.checks')}{' '}
                      {formatCount(status.checks)}
                      <div className="muted">
                        {t('fleet.uncertainty')} {formatUs(status.uncertaintyP99Us)} ·{' '}
                        {t('fleet.overloaded', { count: status.overloadedTotal })}
                      </div>
                    </>
                  )}
                </td>
                <td data-label={t('fleet.lost')} className={`num ${dropped > 0 ? 'state-down' : ''}`}>
                  {formatCount(dropped)}
                </td>
                <td className="right">
                  {onRevoke !== null && agent.state !== 'revoked' && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      onClick={() => onRevoke(agent)}
                      aria-label={`${t('action.revoke')} ${agent.name}`}
                    >
                      {t('action.revoke')}
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
