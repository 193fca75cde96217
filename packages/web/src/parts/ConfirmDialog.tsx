import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../language/texts.ts';
import { Dialog } from './Dialog.tsx';
import { LoadError } from './LoadError.tsx';

/** Asks before something is done that cannot be undone. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly lead: string;
  readonly action: string;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const confirm = async () => {
    setSending(true);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (failure) {
      setError(failure);
      setSending(false);
    }
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <div className="stack">
        <p style={{ margin: 0 }}>{props.lead}</p>
        {error !== null && <LoadError error={error} title={t('state.refused')} />}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={props.onClose} data-autofocus>
            {t('action.cancel')}
          </Button>
          <Button style={{ background: '#b52c17', color: '#fff' }} loading={isSending} onClick={() => void confirm()}>
            {props.action}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
