import type { HostDetail } from '@watchpost/contracts/api/audit';
import { Link } from '@tanstack/react-router';
import { useTranslation } from '../../language/texts.ts';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { moment } from '../../parts/moment.ts';
import { TableHead } from '../../parts/TableHead.tsx';

type Covered = HostDetail['coverage'][number];

const coverageOf = ({ hooked, unhooked }: Covered): 'up' | 'down' | 'unknown' =>
  (unhooked ?? 0) > 0 ? 'down' : (hooked ?? 0) > 0 ? 'up' : 'unknown';

/** Whose shells are recorded, and whose are not. */
export function HostCoverage({ host }: { readonly host: HostDetail }) {
  const { t } = useTranslation();
  const shells = host.recorder?.shells;
  const heads = ['user', 'hooked', 'unhooked', 'last', 'commands'] as const;
  return (
    <section className="card host-part" aria-label={t('hosts.coverage')}>
      <div className="pad row spread">
        <h2>{t('hosts.coverage')}</h2>
        {shells !== undefined && (
          <span className="row tight small">
            <span>{t('hosts.hookedNow', { count: shells.hooked })}</span>
            <span className={shells.unhooked > 0 ? 'state-down' : 'muted'}>
              {t('hosts.unhookedNow', { count: shells.unhooked })}
            </span>
            <span className={shells.silent > 0 ? 'state-down' : 'muted'}>{t('hosts.silentNow', { count: shells.silent })}</span>
          </span>
        )}
      </div>
      {host.coverage.length === 0 ? (
        <p className="muted pad host-none">{t('hosts.nobody')}</p>
      ) : (
        <table className="table stackable">
          <TableHead
            columns={heads.map((head) => ({ name: t(`hosts.covered.${head}`), isRight: head !== 'user' && head !== 'last' }))}
          />
          <tbody>
            {host.coverage.map((each) => (
              <tr key={each.user}>
                {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- a cell is no control; the link in it has its text */}
                <td data-label={t('hosts.covered.user')}>
                  <span className="row tight">
                    <span title={t(`hosts.coveredBy.${coverageOf(each)}`)}>
                      <OutcomeShape outcome={coverageOf(each)} size={9} />
                    </span>
                    <Link to="/commands" search={{ hosts: host.id, user: each.user }}>
                      <bdi>{each.user}</bdi>
                    </Link>
                    <span className="sr">{t(`hosts.coveredBy.${coverageOf(each)}`)}</span>
                  </span>
                </td>
                <td data-label={t('hosts.covered.hooked')} className="num right">
                  {each.hooked ?? 0}
                </td>
                <td
                  data-label={t('hosts.covered.unhooked')}
                  className={`num right ${(each.unhooked ?? 0) > 0 ? 'state-down' : ''}`}
                >
                  {each.unhooked ?? 0}
                </td>
                <td data-label={t('hosts.covered.last')} className="num">
                  {moment(each.lastAt)}
                </td>
                <td data-label={t('hosts.covered.commands')} className="num right">
                  {each.commands.toLocaleString('en')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
