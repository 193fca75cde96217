import { Alert, Button } from '@mantine/core';
import { useTranslation } from '../language/texts.ts';
import { useErrorWords } from '../language/error-words.ts';
import { ApiError } from '../api/client.ts';

/** What is shown in place of something that could not be loaded. */
export function LoadError({
  error,
  onRetry,
  title,
  labelOf = (field) => field,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly title?: string;
  /** What a person calls a field of the API. */
  readonly labelOf?: (field: string) => string;
}) {
  const { t } = useTranslation();
  const { answer, rule } = useErrorWords();
  const body = error instanceof ApiError ? error.body : null;
  // What a person did is not done again by itself.
  const offline = t(onRetry === undefined ? 'state.unanswered' : 'state.offline');
  return (
    <Alert
      role="alert"
      variant="outline"
      color="var(--wp-down)"
      styles={{ title: { color: 'var(--wp-down)' } }}
      title={body?.code === 'offline' ? offline : (title ?? t('state.failed'))}
    >
      {body !== null && body.code !== 'offline' && <p style={{ margin: 0 }}>{answer(body)}</p>}
      {body !== null && body.issues.length > 0 && (
        <ul>
          {body.issues.map((issue) => (
            <li key={issue.field}>
              {labelOf(issue.field)}: {rule(issue.rule)}
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
