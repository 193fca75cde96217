import { commandKindSchema, hiddenSchema } from '@watchpost/contracts/commands/command';
import { Button, MultiSelect, NumberInput, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { type CommandsSearch, listOf, type SearchChange } from '../../api/commands-search.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'sh'];
const OUTCOMES = ['ok', 'failed', 'running'] as const;
/** An end stands in the line of its start. */
const KINDS = commandKindSchema.options.filter((kind) => kind !== 'end');
const TYPED = ['q', 'user', 'loginUser', 'exit'] as const;
type Typed = Record<(typeof TYPED)[number], string>;

const typedOf = (search: CommandsSearch): Typed => {
  const { q = '', user = '', loginUser = '', exit = '' } = search;
  return { q, user, loginUser, exit };
};

/** What is looked for. What is chosen takes effect at once, what is typed when it is sent. */
export function SearchForm(props: { readonly search: CommandsSearch; readonly onChange: (change: SearchChange) => void }) {
  const { t } = useTranslation();
  const { search, onChange } = props;
  const [typed, setTyped] = useState(typedOf(search));
  const [seen, setSeen] = useState(search);
  const [isCode, setCode] = useState(false);
  if (seen !== search) {
    setSeen(search);
    setTyped(typedOf(search));
  }
  const field = (name: keyof Typed) => ({
    size: 'xs' as const,
    value: typed[name],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      setTyped({ ...typed, [name]: event.currentTarget.value }),
  });
  const outcome = OUTCOMES.find((each) => each === search.exit);
  const hasCode = isCode || (search.exit !== undefined && outcome === undefined);
  return (
    <form
      className="cmd-form"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(hasCode ? typed : { q: typed.q, user: typed.user, loginUser: typed.loginUser });
      }}
    >
      <TextInput
        {...field('q')}
        type="search"
        label={t('commands.words')}
        placeholder={t('commands.wordsHint')}
        className="wide"
        data-search
      />
      <TextInput {...field('user')} label={t('commands.user')} placeholder="root, www-data" />
      <TextInput {...field('loginUser')} label={t('commands.loginUser')} placeholder="ann, bob" />
      <Select
        size="xs"
        label={t('commands.outcome')}
        placeholder={t('commands.any')}
        data={[
          ...OUTCOMES.map((value) => ({ value: value as string, label: t(`commands.exits.${value}`) })),
          { value: 'code', label: t('commands.exitCode') },
        ]}
        value={hasCode ? 'code' : (outcome ?? null)}
        onChange={(value) => {
          setCode(value === 'code');
          if (value !== 'code') onChange({ exit: value ?? undefined });
          else setTyped({ ...typed, exit: '' });
        }}
        clearable
      />
      {hasCode && (
        <NumberInput
          size="xs"
          label={t('commands.exitCode')}
          min={-1}
          max={255}
          allowDecimal={false}
          value={typed.exit}
          onChange={(value) => setTyped({ ...typed, exit: String(value) })}
        />
      )}
      <Select
        size="xs"
        label={t('commands.shell')}
        placeholder={t('commands.any')}
        data={[...new Set([...SHELLS, ...listOf(search.shell)])]}
        value={search.shell ?? null}
        onChange={(shell) => onChange({ shell: shell ?? undefined })}
        clearable
      />
      <Select
        size="xs"
        label={t('commands.hiddenBy')}
        placeholder={t('commands.any')}
        data={[
          ...(['any', 'none'] as const).map((value) => ({ value: value as string, label: t(`commands.hiddens.${value}`) })),
          ...hiddenSchema.options.map((value) => ({ value: value as string, label: t(`commands.hidden.${value}`) })),
        ]}
        value={search.hidden ?? null}
        onChange={(hidden) => onChange({ hidden: hidden ?? undefined })}
        clearable
      />
      <MultiSelect
        size="xs"
        label={t('commands.kinds')}
        placeholder={search.kinds === undefined ? t('commands.any') : ''}
        data={KINDS.map((kind) => ({ value: kind, label: t(`commands.kind.${kind}`) }))}
        value={[...listOf(search.kinds)]}
        onChange={(kinds) => onChange({ kinds: kinds.join(',') })}
        clearable
      />
      <Button size="xs" type="submit">
        {t('commands.find')}
      </Button>
      {(['token', 'session'] as const).map(
        (part) =>
          search[part] !== undefined && (
            <Button key={part} size="xs" variant="light" rightSection="✕" onClick={() => onChange({ [part]: undefined })}>
              {t(`commands.only.${part}`)}
            </Button>
          ),
      )}
    </form>
  );
}
