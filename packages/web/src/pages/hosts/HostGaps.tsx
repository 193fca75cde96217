import type { HostDetail, HostGap } from '@watchpost/contracts/api/audit';
import { commandCauseSchema } from '@watchpost/contracts/commands/command';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { moment } from '../../parts/moment.ts';
import { TableHead } from '../../parts/TableHead.tsx';
import { RecordDialog } from '../commands/RecordDialog.tsx';

/** What is missing, silent or not believed on a host, newest first. */
export function HostGaps({ host }: { readonly host: HostDetail }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<string | null>(null);
  const heads = ['at', 'what', 'user', 'missing'] as const;
  const causeText = ({ cause }: HostGap): string | null => {
    const known = commandCauseSchema.options.find((each) => each === cause);
    return known === undefined ? cause : t(`commands.cause.${known}`);
  };
  return (
    <section className="card host-part" aria-label={t('hosts.gapsTitle')}>
      <div className="pad">
        <h2>{t('hosts.gapsTitle')}</h2>
      </div>
      {host.gaps.length === 0 ? (
        <p className="muted pad host-none">{t('hosts.noGaps')}</p>
      ) : (
        <table className="table stackable">
          <TableHead columns={[...heads.map((head) => ({ name: t(`hosts.gap.${head}`), isRight: head === 'missing' })), '']} />
          <tbody>
            {host.gaps.map((gap, index) => (
              <tr key={gap.id ?? index}>
                <td data-label={t('hosts.gap.at')} className="num">
                  {moment(gap.at)}
                </td>
                <td data-label={t('hosts.gap.what')}>
                  <strong className="state-down">
                    {gap.kind === 'dropped' ? t('hosts.dropped') : t(`commands.kind.${gap.kind}`)}
                  </strong>
                  {gap.cause !== null && `: ${causeText(gap)}`}
                  {gap.detail !== null && (
                    <div className="muted small">
                      <bdi>{gap.detail}</bdi>
                    </div>
                  )}
                </td>
                <td data-label={t('hosts.gap.user')}>
                  <bdi>{gap.user ?? '–'}</bdi>
                </td>
                <td data-label={t('hosts.gap.missing')} className="num right">
                  {gap.missing ?? '–'}
                </td>
                <td className={gap.id === null ? 'blank' : undefined}>
                  {gap.id !== null && (
                    <Button size="compact-xs" variant="subtle" onClick={() => setOpened(gap.id)}>
                      {t('commands.one')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {opened !== null && <RecordDialog id={opened} onClose={() => setOpened(null)} />}
    </section>
  );
}
