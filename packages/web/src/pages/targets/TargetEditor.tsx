import type { Target } from '@watchpost/contracts/targets/target';
import { Button, Checkbox, MultiSelect, NumberInput, PasswordInput, Select, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { ApiError, api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { useErrorWords } from '../../language/error-words.ts';
import { LoadError } from '../../parts/LoadError.tsx';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { RulesEditor } from './RulesEditor.tsx';
import { fieldLabel, formField } from './form-fields.ts';
import { type TargetForm, toCheck, toDraft } from './target-form.ts';
import { TestPanel } from './TestPanel.tsx';

const KINDS = ['http', 'tcp', 'tls', 'dns', 'icmp'] as const;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Those of the part that is closed at first for a new target. */
const PLACE_FIELDS = ['group', 'alarmMs', 'labels'] as const;
const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SOA', 'SRV', 'PTR', 'CAA'];
/** Adds or changes a target. "Test now" measures it from each chosen vantage point before it is saved. */
export function TargetEditor({
  title,
  initial,
  target,
}: {
  readonly title: string;
  readonly initial: TargetForm;
  readonly target: Target | null;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { data: vantages } = useQuery(queries.vantages());
  const form = useForm<TargetForm>({ initialValues: initial });
  const [failure, setFailure] = useState<unknown>(null);
  const [isSaving, setSaving] = useState(false);
  const [order, setOrder] = useState<{
    readonly number: number;
    readonly check: Record<string, unknown>;
    readonly vantages: readonly string[];
  } | null>(null);
  const box = useRef<HTMLFormElement>(null);
  // The button is at the end of a long form: the field that is wrong comes to the person.
  useEffect(() => {
    if (failure !== null) box.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [failure]);
  const { rule } = useErrorWords();
  const { values } = form;
  const isHttp = values.kind === 'http';
  const errorOf = (field: string): string | undefined => {
    const error = form.errors[field];
    return typeof error === 'string' ? error : undefined;
  };
  const showIssues = (error: unknown) => {
    if (error instanceof ApiError && error.body.issues.length > 0)
      form.setErrors(Object.fromEntries(error.body.issues.map((issue) => [formField(issue.field), rule(issue.rule)])));
    setFailure(error);
  };
  const save = async () => {
    setFailure(null);
    setSaving(true);
    const draft = toDraft(form.getValues(), target?.paused ?? false);
    try {
      const saved =
        target === null
          ? await api.post<Target>('/targets', draft)
          : await api.put<Target>(`/targets/${encodeURIComponent(target.id)}`, draft);
      await queryClient.invalidateQueries({ queryKey: ['targets'] });
      void queryClient.invalidateQueries({ queryKey: ['overview'] });
      await navigate({ to: '/targets/$id', params: { id: saved.id }, search: {} });
    } catch (error) {
      showIssues(error);
      setSaving(false);
    }
  };
  const field = (name: keyof TargetForm) => form.getInputProps(name);
  return (
    <div className="editor">
      <form ref={box} className="stack" onSubmit={form.onSubmit(() => void save())} noValidate>
        <PageTitle text={title} />
        <fieldset className="card pad fieldset stack" disabled={isSaving}>
          <legend className="sr">{t('form.what')}</legend>
          <h2>{t('form.what')}</h2>
          <div className="two">
            <Select
              label={t('form.kind')}
              allowDeselect={false}
              data={KINDS.map((value) => ({ value, label: value.toUpperCase() }))}
              {...field('kind')}
            />
            {isHttp && <Select label={t('form.method')} allowDeselect={false} data={METHODS} {...field('method')} />}
            {(values.kind === 'tcp' || values.kind === 'tls' || values.kind === 'icmp') && (
              <TextInput label={t('form.host')} {...field('host')} />
            )}
            {(values.kind === 'tcp' || values.kind === 'tls') && (
              <NumberInput label={t('form.port')} hideControls {...field('port')} />
            )}
            {values.kind === 'tls' && <TextInput label={t('form.serverName')} {...field('serverName')} />}
            {values.kind === 'dns' && <TextInput label={t('form.dnsName')} {...field('dnsName')} />}
            {values.kind === 'dns' && (
              <Select label={t('form.recordType')} allowDeselect={false} data={RECORD_TYPES} {...field('recordType')} />
            )}
            {values.kind === 'icmp' && <NumberInput label={t('form.count')} {...field('count')} />}
          </div>
          {isHttp && <TextInput label={t('form.url')} type="url" inputMode="url" data-autofocus {...field('url')} />}
          <TextInput label={t('form.name')} {...field('name')} />
          {isHttp && (
            <div className="two">
              <Textarea
                label={t('form.headers')}
                description={t('form.headersHint')}
                autosize
                minRows={2}
                {...field('headers')}
              />
              <Textarea label={t('form.body')} autosize minRows={2} {...field('body')} />
              <Select
                label={t('form.auth')}
                allowDeselect={false}
                data={[
                  { value: 'none', label: t('form.authNone') },
                  { value: 'basic', label: t('form.authBasic') },
                  { value: 'bearer', label: t('form.authBearer') },
                ]}
                {...field('auth')}
              />
              {values.auth === 'basic' && <TextInput label={t('form.username')} autoComplete="off" {...field('username')} />}
              {values.auth === 'basic' && (
                <PasswordInput label={t('form.password')} autoComplete="new-password" {...field('password')} />
              )}
              {values.auth === 'bearer' && (
                <PasswordInput label={t('form.token')} autoComplete="new-password" {...field('token')} />
              )}
            </div>
          )}
        </fieldset>
        <fieldset className="card pad fieldset stack" disabled={isSaving}>
          <legend className="sr">{t('form.when')}</legend>
          <h2>{t('form.when')}</h2>
          <div className="two">
            <MultiSelect
              label={t('form.vantages')}
              data={(vantages ?? []).map((vantage) => ({ value: vantage.code, label: vantage.name }))}
              {...field('vantages')}
            />
            <NumberInput label={t('form.interval')} min={5} {...field('intervalS')} />
          </div>
        </fieldset>
        <fieldset className="card pad fieldset stack" disabled={isSaving}>
          <legend className="sr">{t('form.rules')}</legend>
          <h2>{t('form.rules')}</h2>
          <RulesEditor
            kind={values.kind}
            rules={values.rules}
            errorOf={errorOf}
            onChange={(rules) => form.setFieldValue('rules', rules)}
          />
        </fieldset>
        <details className="card pad" open={Object.keys(form.errors).length > 0}>
          <summary style={{ cursor: 'pointer', fontWeight: 650 }}>{t('form.advanced')}</summary>
          <div className="two" style={{ marginTop: 12 }}>
            <Select
              label={t('form.family')}
              allowDeselect={false}
              data={[
                { value: 'any', label: t('form.familyAny') },
                { value: '4', label: 'IPv4' },
                { value: '6', label: 'IPv6' },
                { value: 'both', label: t('form.familyBoth') },
              ]}
              {...field('ipFamily')}
            />
            <TextInput label={t('form.resolver')} description={t('form.resolverHint')} {...field('resolver')} />
            <NumberInput label={t('form.connectTimeout')} {...field('connectTimeoutMs')} />
            <NumberInput label={t('form.totalTimeout')} {...field('totalTimeoutMs')} />
            {isHttp && <NumberInput label={t('form.redirects')} {...field('maxRedirects')} />}
            {isHttp && <NumberInput label={t('form.bodyLimit')} {...field('maxBodyBytes')} />}
            {isHttp && (
              <Select
                label={t('form.httpVersion')}
                allowDeselect={false}
                data={[
                  { value: 'auto', label: t('form.auto') },
                  { value: '1.1', label: 'HTTP/1.1' },
                  { value: '2', label: 'HTTP/2' },
                ]}
                {...field('httpVersion')}
              />
            )}
            {(isHttp || values.kind === 'tls') && (
              <Textarea label={t('form.caPem')} autosize minRows={1} maxRows={6} {...field('caPem')} />
            )}
            {(isHttp || values.kind === 'tls') && (
              <Checkbox label={t('form.tlsVerify')} {...form.getInputProps('tlsVerify', { type: 'checkbox' })} />
            )}
          </div>
        </details>
        <details className="card pad" open={target !== null || PLACE_FIELDS.some((name) => errorOf(name) !== undefined)}>
          <summary style={{ cursor: 'pointer', fontWeight: 650 }}>{t('form.place')}</summary>
          <div className="two" style={{ marginTop: 12 }}>
            <TextInput label={t('form.group')} placeholder={t('form.groupHint')} {...field('group')} />
            <NumberInput label={t('form.alarm')} description={t('form.alarmHint')} {...field('alarmMs')} />
            <Textarea label={t('form.labels')} description={t('form.labelsHint')} autosize minRows={2} {...field('labels')} />
          </div>
        </details>
        {failure !== null && (
          <LoadError
            error={failure}
            title={t(Object.keys(form.errors).length > 0 ? 'form.check' : 'state.refused')}
            labelOf={(apiField) => fieldLabel(t, apiField, values.rules)}
          />
        )}
        <div className="row">
          <Button type="submit" loading={isSaving}>
            {t('action.save')}
          </Button>
          <Button
            variant="default"
            disabled={values.vantages.length === 0}
            onClick={() => {
              setFailure(null);
              form.clearErrors();
              setOrder({ number: (order?.number ?? 0) + 1, check: toCheck(form.getValues()), vantages: values.vantages });
            }}
          >
            {t('action.test')}
          </Button>
          <Button variant="subtle" color="gray" c="var(--wp-muted)" onClick={() => window.history.back()}>
            {t('action.cancel')}
          </Button>
        </div>
      </form>
      <aside aria-label={t('action.test')} tabIndex={0}>
        {order === null && <p className="card pad muted only-wide">{t('form.testHint')}</p>}
        {order !== null && (
          <TestPanel
            key={order.number}
            order={order}
            onError={showIssues}
            names={Object.fromEntries((vantages ?? []).map((each) => [each.code, each.name]))}
          />
        )}
      </aside>
    </div>
  );
}
