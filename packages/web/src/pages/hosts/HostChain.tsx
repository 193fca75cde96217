import type { HostDetail } from '@watchpost/contracts/api/audit';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from '../../language/texts.ts';
import { queryString } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { moment } from '../../parts/moment.ts';
import { CHAIN_SHAPES } from './host-shapes.ts';

/** Stretches and breaks that are named; the rest is counted. */
const SHOWN = 12;

/** The hash chain of a host: where it is broken, what is stored, and what is sealed by a signed checkpoint. */
export function HostChain({ host }: { readonly host: HostDetail }) {
  const { t } = useTranslation();
  const isAdministrator = useQuery(queries.session()).data?.user?.role === 'administrator';
  const { firstBreak, breaks, stretches, checkpoint } = host;
  return (
    <section className="card pad stack tight" aria-label={t('hosts.chain')}>
      <div className="row spread">
        <h2>{t('hosts.chain')}</h2>
        <span className={`state state-${CHAIN_SHAPES[host.chain]}`}>
          <OutcomeShape outcome={CHAIN_SHAPES[host.chain]} /> {t(`hosts.chains.${host.chain}`)}
        </span>
      </div>
      {firstBreak !== null && (
        <div className="host-break" role="note">
          <strong>{t('hosts.firstBreak', { epoch: firstBreak.epoch, sequence: firstBreak.sequence })}</strong>
          <div>
            <bdi>{firstBreak.what}</bdi> · <span className="num">{moment(firstBreak.at)}</span>
          </div>
          {breaks.length > 1 && (
            <details>
              <summary>{t('hosts.moreBreaks', { count: breaks.length - 1 })}</summary>
              <ul>
                {breaks.slice(1, SHOWN + 1).map((each, index) => (
                  <li key={index}>
                    {each.epoch}:{each.sequence} <bdi>{each.what}</bdi> · <span className="num">{moment(each.at)}</span>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </div>
      )}
      <dl className="facts">
        <div>
          <dt>{t('hosts.checkpoint')}</dt>
          <dd>{checkpoint === null ? '–' : `${checkpoint.number} · ${moment(checkpoint.at)}`}</dd>
        </div>
        <div>
          <dt>{t('hosts.unsealed')}</dt>
          <dd>{checkpoint === null ? '–' : checkpoint.unsealed.toLocaleString('en')}</dd>
        </div>
      </dl>
      {stretches.length > 0 && (
        <ul className="stretches">
          {stretches.slice(-SHOWN).map(({ epoch, first, last, hash }) => (
            <li key={`${epoch}-${first}`}>
              <span className="num">{t('hosts.stretch', { epoch, first, last })}</span>{' '}
              <code className="mono muted" title={hash}>
                {hash.slice(0, 12)}…
              </code>
            </li>
          ))}
        </ul>
      )}
      {isAdministrator && host.kind === 'recorder' && (
        <div>
          <Button
            size="xs"
            variant="default"
            component="a"
            href={`/api/v1/audit/export${queryString({ host: host.id })}`}
            title={t('commands.proofHost')}
            download
          >
            {t('commands.proof')}
          </Button>
        </div>
      )}
    </section>
  );
}
