import { Tabs } from '@mantine/core';
import { useTranslation } from '../../language/texts.ts';
import { ApiKeysTab } from './ApiKeysTab.tsx';
import { AuditLogTab } from './AuditLogTab.tsx';
import { UsersTab } from './UsersTab.tsx';
import { PageTitle } from '../../parts/PageTitle.tsx';

/** Accounts, API keys and what was done by whom: for administrators. */
export function PeoplePage() {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <PageTitle text={t('people.title')} />
      <Tabs defaultValue="users" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="users">{t('people.users')}</Tabs.Tab>
          <Tabs.Tab value="keys">{t('people.keys')}</Tabs.Tab>
          <Tabs.Tab value="log">{t('people.log')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users">
          <UsersTab />
        </Tabs.Panel>
        <Tabs.Panel value="keys">
          <ApiKeysTab />
        </Tabs.Panel>
        <Tabs.Panel value="log">
          <AuditLogTab />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}
