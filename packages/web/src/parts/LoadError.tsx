import { Alert, Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';

/** What is shown in place of something that could not be loaded. */
export function LoadError({
  error,
  onRetry,
  title,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly title?: string;
}) {
  const { t } = useTranslation();
  const body = error instanceof ApiError ? error.body : null;
  return (
    <Alert
      role="alert"
      variant="outline"
      color="var(--wp-down)"
      styles={{ title: { color: 'var(--wp-down)' } }}
      title={body?.code === 'offline' ? t('state.offline') : (title ?? t('state.failed'))}
    >
      {body !== null && body.code !== 'offline' && <p style={{ margin: 0 }}>{body.message}</p>}
      {body !== null && body.issues.length > 0 && (
        <ul>
          {body.issues.map((issue) => (
            <li key={issue.field}>
              {issue.field}: {issue.rule}
            </li>
          ))}
        </ul>
      )}
      {body !== null && body.requestId !== '' && <p className="muted mono">{t('state.request', { id: body.requestId })}</p>}
      {onRetry !== undefined && (
        <Button mt="xs" size="xs" variant="default" onClick={onRetry}>
          {t('action.retry')}
        </Button>
      )}
    </Alert>
  );
}
