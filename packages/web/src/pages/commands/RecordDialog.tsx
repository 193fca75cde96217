import type { CommandLine } from '@watchpost/contracts/api/audit';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { CommandDetail } from './CommandDetail.tsx';

/** A record of which only the id is known. */
export function RecordDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const around = useQuery(queries.commandsAround(id));
  const [other, setOther] = useState<CommandLine | null>(null);
  const line = other ?? around.data?.find((each) => each.id === id);
  if (line !== undefined) return <CommandDetail line={line} onOpen={setOther} onClose={onClose} />;
  return (
    <Dialog title={t('commands.one')} size="xl" onClose={onClose}>
      {around.error !== null ? (
        <LoadError error={around.error} onRetry={() => void around.refetch()} />
      ) : around.isPending ? (
        <Bones height={200} />
      ) : (
        <Empty title={t('commands.noMatch')} />
      )}
    </Dialog>
  );
}
