import { useQuery } from '@tanstack/react-query';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { EMPTY_FORM } from './target-form.ts';
import { TargetEditor } from './TargetEditor.tsx';

/** A new target, at first from all vantage points. */
export function AddTargetPage() {
  const { t } = useTranslation();
  const { data, isPending } = useQuery(queries.vantages());
  if (isPending) return <Bones height={600} />;
  return (
    <TargetEditor
      title={t('form.addTitle')}
      initial={{ ...EMPTY_FORM, vantages: (data ?? []).map((vantage) => vantage.code) }}
      target={null}
    />
  );
}
