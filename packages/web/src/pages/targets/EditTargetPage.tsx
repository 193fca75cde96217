import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { toForm } from './target-form.ts';
import { TargetEditor } from './TargetEditor.tsx';

export function EditTargetPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/inside/targets/$id/edit' });
  const target = useQuery(queries.target(id));
  if (target.error !== null && target.data === undefined)
    return <LoadError error={target.error} onRetry={() => void target.refetch()} />;
  if (target.data === undefined) return <Bones height={600} />;
  return (
    <TargetEditor
      key={target.data.id}
      title={t('form.editTitle', { name: target.data.name })}
      initial={toForm(target.data)}
      target={target.data}
    />
  );
}
