import { Button } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from '../language/texts.ts';
import { Dialog } from './Dialog.tsx';
import { ApiError } from '../api/client.ts';
import { useErrorWords } from '../language/error-words.ts';
import { LoadError } from './LoadError.tsx';

/** The text of a field; empty when it is missing. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** A small form in a dialog. `children` gets the server's finding for a field. */
export function FormDialog(props: {
  readonly title: string;
  readonly submit: string;
  readonly onSubmit: (form: FormData) => Promise<void>;
  readonly onClose: () => void;
  readonly children: (errorOf: (field: string) => string | undefined) => ReactNode;
}) {
  const { t } = useTranslation();
  const { rule } = useErrorWords();
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const issues = error instanceof ApiError ? error.body.issues : [];
  const shown = new Set<string>();
  const fields = props.children((field) => {
    shown.add(field);
    const issue = issues.find((each) => each.field === field);
    return issue === undefined ? undefined : rule(issue.rule);
  });
  const hasOthers = issues.some(({ field }) => !shown.has(field));
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setSending(true);
    try {
      await props.onSubmit(new FormData(event.currentTarget));
      setError(null);
    } catch (failure) {
      setError(failure);
    }
    setSending(false);
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form className="stack" onSubmit={(event) => void send(event)}>
        {fields}
        {error !== null && (issues.length === 0 || hasOthers) && <LoadError error={error} title={t('state.refused')} />}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={props.onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" loading={isSending}>
            {props.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
