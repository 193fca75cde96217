import type { Host, HostGroup } from '@watchpost/contracts/api/audit';
import { MultiSelect, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { api } from '../../api/client.ts';
import { FormDialog, textOf } from '../../parts/FormDialog.tsx';
import { labelsText, parseLabels } from '../../parts/labels.ts';
import { groupPath } from './group-path.ts';

/** Name, groups and labels of a host. */
export function EditHostDialog(props: {
  readonly host: Host;
  readonly groups: readonly HostGroup[];
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { host, groups, onClose } = props;
  const [groupIds, setGroupIds] = useState([...host.groupIds]);
  return (
    <FormDialog
      title={host.name}
      submit={t('action.save')}
      onClose={onClose}
      onSubmit={async (form) => {
        const labels = parseLabels(textOf(form, 'labels'));
        await api.patch(`/hosts/${encodeURIComponent(host.id)}`, { name: textOf(form, 'name').trim(), labels, groupIds });
        await queryClient.invalidateQueries({ queryKey: ['hosts'] });
        onClose();
      }}
    >
      {(errorOf) => (
        <>
          <TextInput
            name="name"
            label={t('hosts.name')}
            defaultValue={host.name}
            error={errorOf('name')}
            required
            data-autofocus
          />
          <MultiSelect
            label={t('hosts.groups')}
            description={t('hosts.groupsHint')}
            data={groups.map((each) => ({ value: each.id, label: groupPath(each, groups) }))}
            value={groupIds}
            onChange={setGroupIds}
            error={errorOf('groupIds')}
            clearable
            searchable
          />
          <Textarea
            name="labels"
            label={t('form.labels')}
            description={t('form.labelsHint')}
            defaultValue={labelsText(host.labels)}
            error={errorOf('labels')}
            autosize
            minRows={2}
          />
        </>
      )}
    </FormDialog>
  );
}
