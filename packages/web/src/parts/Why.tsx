import { useTranslation } from '../language/texts.ts';
import { useErrorWords } from '../language/error-words.ts';
import type { Trouble } from './trouble.ts';

/** Whose fault it is and what went wrong, in one line; all of it in the title. */
export function Why({ trouble }: { readonly trouble: Trouble }) {
  const { t } = useTranslation();
  const { failure } = useErrorWords();
  if (trouble === 'silent' || trouble === 'waiting') {
    return <span className="muted clip">{t(`overview.${trouble}`)}</span>;
  }
  const text = failure(trouble.code, trouble.text);
  return (
    <>
      {trouble.fault !== null && <span className="tag fault">{t(`fault.${trouble.fault}`)}</span>}
      <span className="clip" title={text}>
        {text}
      </span>
    </>
  );
}
