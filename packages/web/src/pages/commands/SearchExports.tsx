import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from '../../language/texts.ts';
import { queryString } from '../../api/client.ts';
import { type CommandsSearch, commandsQuery, listOf } from '../../api/commands-search.ts';
import { queries } from '../../api/queries.ts';
import { useNow } from '../../parts/clock.ts';

const FORMATS = ['jsonl', 'csv'] as const;

/** What was found as a file, alone or with its proof, and the proof of the hosts. All are written down in the audit log. */
export function SearchExports({ search }: { readonly search: CommandsSearch }) {
  const { t } = useTranslation();
  const now = useNow();
  const isAdministrator = useQuery(queries.session()).data?.user?.role === 'administrator';
  const hosts = listOf(search.hosts);
  const host = hosts.length === 1 && search.groups === undefined ? hosts[0] : undefined;
  return (
    <div className="row tight" role="group" aria-label={t('action.export')}>
      {FORMATS.map((format) => (
        <Button
          key={format}
          size="xs"
          variant="default"
          component="a"
          href={`/api/v1/commands/export.${format}${commandsQuery(search, now)}`}
          title={t('commands.exportNoted')}
          download
        >
          {format.toUpperCase()}
        </Button>
      ))}
      {FORMATS.map((format) => (
        <Button
          key={`${format}-proof`}
          size="xs"
          variant="default"
          component="a"
          href={`/api/v1/commands/export.${format}${commandsQuery(search, now, { proof: 'true' })}`}
          title={t('commands.exportProofHint')}
          download
        >
          {t('commands.exportProof', { format: format.toUpperCase() })}
        </Button>
      ))}
      {isAdministrator && (
        <Button
          size="xs"
          variant="default"
          component="a"
          href={`/api/v1/audit/export${queryString({ host })}`}
          title={t(host === undefined ? 'commands.proofAll' : 'commands.proofHost')}
          download
        >
          {t('commands.proof')}
        </Button>
      )}
    </div>
  );
}
