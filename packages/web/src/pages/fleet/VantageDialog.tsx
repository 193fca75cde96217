import type { Vantage } from '@watchpost/contracts/targets/target';
import { ColorInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from '../../language/texts.ts';
import { api } from '../../api/client.ts';
import { FormDialog, textOf } from '../../parts/FormDialog.tsx';

/** Colours that can be told apart in both themes; any other can be typed. */
const COLORS = ['#2f6fb3', '#c26a1c', '#3d8b52', '#8a5fb5', '#b8475a', '#2f8f95', '#8a7a1f', '#6b7682'];

export function VantageDialog({ vantage, onClose }: { readonly vantage: Vantage | null; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  return (
    <FormDialog
      title={t(vantage === null ? 'fleet.addVantage' : 'fleet.editVantage')}
      submit={t('action.save')}
      onClose={onClose}
      onSubmit={async (form) => {
        const color = textOf(form, 'color');
        const body = {
          code: vantage?.code ?? textOf(form, 'code'),
          name: textOf(form, 'name'),
          color: color === '' ? null : color,
        };
        if (vantage === null) await api.post('/vantages', body);
        else await api.put(`/vantages/${encodeURIComponent(vantage.code)}`, body);
        await queryClient.invalidateQueries({ queryKey: ['vantages'] });
        onClose();
      }}
    >
      {(errorOf) => (
        <>
          <TextInput
            data-autofocus
            name="code"
            label={t('fleet.code')}
            description={t('fleet.codeHint')}
            defaultValue={vantage?.code ?? ''}
            disabled={vantage !== null}
            required
            withAsterisk={false}
            error={errorOf('code')}
          />
          <TextInput
            name="name"
            label={t('fleet.name')}
            defaultValue={vantage?.name ?? ''}
            required
            withAsterisk={false}
            error={errorOf('name')}
          />
          <ColorInput
            name="color"
            label={t('fleet.color')}
            defaultValue={vantage?.color ?? ''}
            error={errorOf('color')}
            withEyeDropper={false}
            withPicker={false}
            swatches={COLORS}
          />
        </>
      )}
    </FormDialog>
  );
}
