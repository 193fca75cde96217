import type { Result } from '@watchpost/contracts/results/result';
import { formatBytes, formatSpeed, formatUs } from '@watchpost/charts/figures';
import { lineName } from '@watchpost/charts/line';
import { useTranslation } from '../language/texts.ts';
import { useErrorWords } from '../language/error-words.ts';
import { moment } from './moment.ts';
import { OutcomeBadge } from './OutcomeBadge.tsx';
import { Waterfall } from './Waterfall.tsx';

/** All that is known of one measurement. */
export function ResultDetail(props: {
  readonly result: Result;
  readonly names: Readonly<Record<string, string>>;
  readonly receivedAt?: number;
}) {
  const { t } = useTranslation();
  const { failure } = useErrorWords();
  const { result } = props;
  const facts: (readonly [string, string | null])[] = [
    [t('result.started'), moment(result.startedAt)],
    [t('result.received'), props.receivedAt === undefined ? null : moment(props.receivedAt)],
    [t('results.status'), result.httpStatus === null ? null : String(result.httpStatus)],
    [t('result.fault'), result.fault === null ? null : t(`fault.${result.fault}`)],
    [t('results.code'), result.errorCode],
    [t('result.address'), result.remoteIp],
    [t('result.resolver'), result.resolver],
    [t('result.http'), result.httpVersion],
    [t('result.tls'), result.tlsVersion],
    [t('result.expires'), result.certExpiresAt === null ? null : moment(result.certExpiresAt, false)],
    [t('result.wire'), `${formatBytes(result.sizeDownload)}${result.bodyTruncated ? ` (${t('result.truncated')})` : ''}`],
    [t('result.decoded'), formatBytes(result.sizeDecoded)],
    [t('result.header'), formatBytes(result.headerSize)],
    [t('result.request'), formatBytes(result.requestSize)],
    [t('result.speed'), formatSpeed(result.speedDownload)],
    [t('result.file'), result.fileTime === null ? null : moment(result.fileTime)],
    [t('result.uncertainty'), result.uncertaintyUs === null ? t('result.unverified') : formatUs(result.uncertaintyUs)],
    [t('result.agent'), result.agentId === '' ? null : result.agentId],
    ...Object.entries(result.details ?? {}).map(([name, value]): readonly [string, string] => [name, String(value)]),
  ];
  return (
    <div className="stack">
      <div className="row">
        <OutcomeBadge outcome={result.outcome} />
        <strong>{lineName(result, props.names)}</strong>
        {result.remeasured && <span className="tag">{t('result.remeasured')}</span>}
      </div>
      {(result.errorText ?? result.errorCode) !== null && (
        <p className={`mono state-${result.outcome}`} style={{ margin: 0 }}>
          {failure(result.errorCode, result.errorText)}
        </p>
      )}
      <Waterfall result={result} />
      <dl className="facts">
        {facts
          .filter((fact): fact is readonly [string, string] => fact[1] !== null && fact[1] !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="num" style={{ whiteSpace: 'normal' }}>
                {value}
              </dd>
            </div>
          ))}
      </dl>
    </div>
  );
}
