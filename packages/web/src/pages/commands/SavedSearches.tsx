import type { SavedSearch } from '@watchpost/contracts/api/audit';
import { Button, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { api } from '../../api/client.ts';
import { type CommandsSearch, searchOfText, searchText } from '../../api/commands-search.ts';
import { queries } from '../../api/queries.ts';
import { ConfirmDialog } from '../../parts/ConfirmDialog.tsx';
import { FormDialog, textOf } from '../../parts/FormDialog.tsx';

/** The searches that were kept by name, and the way to keep this one. */
export function SavedSearches({ search }: { readonly search: CommandsSearch }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const saved = useQuery(queries.savedSearches());
  const [isNaming, setNaming] = useState(false);
  const [removed, setRemoved] = useState<SavedSearch | null>(null);
  const again = () => queryClient.invalidateQueries({ queryKey: ['saved-searches'] });
  const now = searchText(search);
  return (
    <div className="row tight saved" role="group" aria-label={t('commands.saved')}>
      {saved.data !== undefined && saved.data.length > 0 && <span className="muted small">{t('commands.saved')}</span>}
      {saved.data?.map((each) => {
        const { id, name, query } = each;
        const kept = searchOfText(query);
        return (
          <span key={id} className="saved-one">
            <Link to="/commands" search={kept} aria-current={searchText(kept) === now ? 'true' : undefined}>
              {name}
            </Link>
            <button
              type="button"
              aria-label={t('commands.removeSaved', { name })}
              title={t('commands.removeSaved', { name })}
              onClick={() => setRemoved(each)}
            >
              ✕
            </button>
          </span>
        );
      })}
      <Button size="compact-xs" variant="default" onClick={() => setNaming(true)}>
        {t('commands.save')}
      </Button>
      {isNaming && (
        <FormDialog
          title={t('commands.save')}
          submit={t('action.save')}
          onClose={() => setNaming(false)}
          onSubmit={async (form) => {
            await api.post('/saved-searches', { name: textOf(form, 'name'), query: now });
            await again();
            setNaming(false);
          }}
        >
          {(errorOf) => (
            <TextInput
              name="name"
              label={t('hosts.name')}
              defaultValue={search.q ?? ''}
              error={errorOf('name')}
              maxLength={200}
              required
              data-autofocus
            />
          )}
        </FormDialog>
      )}
      {removed !== null && (
        <ConfirmDialog
          title={t('commands.removeSaved', { name: removed.name })}
          lead={t('commands.removeSavedLead')}
          action={t('action.remove')}
          onClose={() => setRemoved(null)}
          onConfirm={async () => {
            await api.remove(`/saved-searches/${removed.id}`);
            await again();
          }}
        />
      )}
    </div>
  );
}
