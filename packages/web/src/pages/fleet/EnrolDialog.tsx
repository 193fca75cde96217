import type { EnrolmentToken } from '@watchpost/contracts/api/fleet';
import { Alert, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { api } from '../../api/client.ts';
import { CopyText } from '../../parts/CopyText.tsx';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { moment } from '../../parts/moment.ts';

const VALID_MINUTES = 60;

/** Makes a one-time token and shows the command that joins a machine. */
export function EnrolDialog({ vantage, onClose }: { readonly vantage: string; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [token, setToken] = useState<EnrolmentToken | null>(null);
  if (token !== null) {
    return (
      <Dialog title={t('fleet.enrol')} size="lg" onClose={onClose}>
        <div className="stack">
          <p style={{ margin: 0 }}>{t('fleet.enrolLead', { time: moment(token.expiresAt, false) })}</p>
          <CopyText text={token.command} />
          {token.insecure && <Alert color="orange">{t('fleet.insecure')}</Alert>}
        </div>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title={`${t('fleet.enrol')} – ${vantage}`}
      submit={t('fleet.make')}
      onClose={onClose}
      onSubmit={async (form) =>
        setToken(
          await api.post<EnrolmentToken>('/agents/enrolment-tokens', { vantage, validMinutes: Number(form.get('validMinutes')) }),
        )
      }
    >
      {(errorOf) => (
        <NumberInput
          data-autofocus
          name="validMinutes"
          label={t('fleet.valid')}
          defaultValue={VALID_MINUTES}
          min={1}
          max={10_080}
          error={errorOf('validMinutes')}
        />
      )}
    </FormDialog>
  );
}
