import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Session } from '@watchpost/contracts/api/identity';
import { useTranslation } from '../../language/texts.ts';
import { ApiError, api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { useErrorWords } from '../../language/error-words.ts';
import { LoadError } from '../../parts/LoadError.tsx';
import { PageTitle } from '../../parts/PageTitle.tsx';

export type EntryField = {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly type: 'email' | 'text' | 'password';
  readonly autoComplete: string;
  readonly isOptional?: boolean;
};

/** A form that ends in a session: sign-in, and the first account. */
export function EntryForm(props: {
  readonly path: '/session' | '/setup';
  readonly title: string;
  readonly lead?: string;
  readonly fields: readonly EntryField[];
  readonly submit: string;
  readonly onDone: () => void;
}) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { rule } = useErrorWords();
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const issues = new Map(error instanceof ApiError ? error.body.issues.map((issue) => [issue.field, rule(issue.rule)]) : []);
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = Object.fromEntries([...form].filter(([, value]) => value !== ''));
    setSending(true);
    try {
      await api.post<Session>(props.path, body);
      await queryClient.fetchQuery({ ...queries.session(), staleTime: 0 });
      props.onDone();
    } catch (failure) {
      setError(failure);
      setSending(false);
    }
  };
  return (
    <main className="center">
      <form className="card pad narrow stack" style={{ padding: 28 }} onSubmit={(event) => void send(event)}>
        <div className="row">
          <img src="/favicon.svg" alt="" width={28} height={28} />
          <PageTitle text={props.title} />
        </div>
        {props.lead !== undefined && <p style={{ margin: 0 }}>{props.lead}</p>}
        {props.fields.map((field) => {
          const common = {
            name: field.name,
            label: field.label,
            autoComplete: field.autoComplete,
            required: field.isOptional !== true,
            withAsterisk: false,
            ...(field.hint === undefined ? {} : { description: field.hint }),
            ...(issues.has(field.name) ? { error: issues.get(field.name) } : {}),
          };
          return field.type === 'password' ? (
            <PasswordInput key={field.name} {...common} />
          ) : (
            <TextInput key={field.name} type={field.type} {...common} />
          );
        })}
        {error !== null &&
          (issues.size === 0 || ![...issues.keys()].some((name) => props.fields.some((field) => field.name === name))) && (
            <LoadError error={error} title={t('state.refused')} />
          )}
        <Button type="submit" loading={isSending}>
          {props.submit}
        </Button>
      </form>
    </main>
  );
}
