import { useTranslation } from '../language/texts.ts';

/** Place of something that is still loading, as high as what comes. */
export function Bones({ height = 320 }: { readonly height?: number }) {
  const { t } = useTranslation();
  return (
    <div className="bone" role="status" style={{ height }}>
      <span className="sr">{t('state.loading')}</span>
    </div>
  );
}
