import type { hostTokenSchema } from '@watchpost/contracts/api/audit';
import { Alert, Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from '../../language/texts.ts';
import { api } from '../../api/client.ts';
import { CopyText } from '../../parts/CopyText.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { moment } from '../../parts/moment.ts';
import './hosts.css';

type Token = (typeof hostTokenSchema)['_output'];

/** Joins, then puts the hooks into the start files of the shells and the recorder among the services. */
const installCommand = (enrol: string): string => `${enrol} --no-run && watchpost recorder install`;

/** Makes a one-time token and shows how a host joins. */
export function InstallDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const token = useMutation({ mutationFn: () => api.post<Token>('/hosts/enrolment-tokens', {}) });
  return (
    <Dialog title={t('hosts.install')} size="lg" onClose={onClose}>
      <div className="stack">
        {token.data === undefined ? (
          <>
            <p style={{ margin: 0 }}>{t('hosts.installLead')}</p>
            {token.error !== null && <LoadError error={token.error} onRetry={() => token.mutate()} />}
            <Button loading={token.isPending} onClick={() => token.mutate()}>
              {t('fleet.make')}
            </Button>
          </>
        ) : (
          <>
            <p style={{ margin: 0 }}>{t('fleet.enrolLead', { time: moment(token.data.expiresAt, false) })}</p>
            <CopyText text={installCommand(token.data.command)} />
            <ul className="install-notes">
              <li>{t('hosts.installJoins')}</li>
              <li>{t('hosts.installHooks')}</li>
            </ul>
            <details>
              <summary>{t('hosts.installByHand')}</summary>
              <div className="stack tight">
                <p style={{ margin: 0 }}>{t('hosts.hookLead')}</p>
                <CopyText text={'. "$(watchpost recorder hook bash)"'} />
              </div>
            </details>
            {token.data.insecure && <Alert color="orange">{t('fleet.insecure')}</Alert>}
          </>
        )}
      </div>
    </Dialog>
  );
}
