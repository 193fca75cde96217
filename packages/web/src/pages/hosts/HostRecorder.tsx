import { formatBytes, formatRatio } from '@watchpost/charts/figures';
import type { HostDetail } from '@watchpost/contracts/api/audit';
import { useTranslation } from '../../language/texts.ts';
import { moment } from '../../parts/moment.ts';

/** How the recorder of a host is: what waits to be sent, and what it costs. */
export function HostRecorder({ host }: { readonly host: HostDetail }) {
  const { t } = useTranslation();
  const { recorder } = host;
  const fill = recorder === null ? 0 : recorder.spoolBytes / Math.max(1, recorder.spoolLimitBytes);
  const facts: readonly (readonly [string, string])[] = [
    [t('hosts.last'), moment(host.lastCommandAt)],
    [t('hosts.contact'), moment(host.lastContactAt)],
    ...(recorder === null
      ? []
      : ([
          [t('hosts.version'), recorder.version],
          [t('hosts.runsSince'), moment(recorder.startedAt)],
          [t('hosts.cpu'), formatRatio(recorder.cpuRatio)],
          [t('hosts.memory'), formatBytes(recorder.rssBytes)],
          [t('hosts.clock'), recorder.clockOffsetMs === null ? '–' : `${Math.round(recorder.clockOffsetMs)} ms`],
        ] as const)),
  ];
  return (
    <section className="card pad stack tight" aria-label={t('hosts.recorder')}>
      <h2>{t('hosts.recorder')}</h2>
      {recorder !== null && (
        <div>
          <div className="row spread small">
            <span>{t('hosts.spool')}</span>
            <span className="num">
              {formatBytes(recorder.spoolBytes)} / {formatBytes(recorder.spoolLimitBytes)}
            </span>
          </div>
          <div
            className={`spool ${fill > 0.8 ? 'is-full' : ''}`}
            role="meter"
            aria-label={t('hosts.spool')}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(fill * 100)}
          >
            <span style={{ width: `${Math.max(fill > 0 ? 1 : 0, Math.min(100, fill * 100))}%` }} />
          </div>
        </div>
      )}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
      </dl>
      {recorder === null && <p className="muted host-none">{t(host.kind === 'legacy' ? 'hosts.legacyLead' : 'hosts.unheard')}</p>}
    </section>
  );
}
