import { useTranslation } from '../language/texts.ts';

/** A column by its name; `right` for figures. */
export type Column = string | { readonly name: string; readonly isRight: boolean };

/** The head row of a table. A column with an empty name holds what can be done with a row. */
export function TableHead({ columns }: { readonly columns: readonly Column[] }) {
  const { t } = useTranslation();
  return (
    <thead>
      <tr>
        {columns.map((column, index) => {
          const { name, isRight } = typeof column === 'string' ? { name: column, isRight: false } : column;
          return (
            <th key={index} scope="col" className={isRight ? 'right' : undefined}>
              {name === '' ? <span className="sr">{t('action.more')}</span> : name}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
