import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { Bones } from '../../parts/Bones.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { TableHead } from '../../parts/TableHead.tsx';

/** A plain list as a table, with its loading, empty and failed states. */
export function ListTable<T>(props: {
  readonly label: string;
  readonly list: UseQueryResult<readonly T[]>;
  readonly columns: readonly string[];
  readonly rowKey: (item: T) => string;
  readonly cells: (item: T) => readonly ReactNode[];
}) {
  const { t } = useTranslation();
  const { list } = props;
  if (list.error !== null && list.data === undefined) return <LoadError error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined) return <Bones height={240} />;
  return (
    <div className="card scroll" tabIndex={0} role="region" aria-label={props.label}>
      {list.data.length === 0 ? (
        <Empty title={t('people.empty')} />
      ) : (
        <table className="table stackable">
          <TableHead columns={props.columns} />
          <tbody>
            {list.data.map((item) => (
              <tr key={props.rowKey(item)}>
                {props.cells(item).map((cell, index) => (
                  <td key={index} data-label={props.columns[index]}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
