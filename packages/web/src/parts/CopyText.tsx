import { Button, CopyButton } from '@mantine/core';
import { useTranslation } from '../language/texts.ts';

/** A text to be copied whole: a command, a key. */
export function CopyText({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  return (
    <div className="stack tight">
      <pre className="mono card pad" style={{ margin: 0, whiteSpace: 'pre-wrap', userSelect: 'all' }} tabIndex={0}>
        {text}
      </pre>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="xs" variant="default" onClick={copy}>
            {t(copied ? 'action.copied' : 'action.copy')}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
