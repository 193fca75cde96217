import { CHART_TEXTS } from '@watchpost/charts/chart-texts';
import { CHART_PHASES } from '@watchpost/charts/chart-kind';
import { Button, Checkbox, Select, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from '../../language/texts.ts';
import { useLanguage } from '../../language/language.ts';
import { RULE_LABELS } from './form-fields.ts';
import { newRule, RULE_FIELDS, RULES_OF_KIND, type RuleField, type RuleFields, type TargetForm } from './target-form.ts';

const COMPARISONS = ['equals', 'not-equals', 'contains', 'matches', 'less', 'greater', 'exists'] as const;

/** What must hold for an answer to count as up. */
export function RulesEditor(props: {
  readonly kind: TargetForm['kind'];
  readonly rules: readonly RuleFields[];
  readonly errorOf: (field: string) => string | undefined;
  readonly onChange: (rules: RuleFields[]) => void;
}) {
  const { t } = useTranslation();
  const { rules, onChange } = props;
  const types = RULES_OF_KIND[props.kind];
  const set = (index: number, rule: RuleFields) => onChange(rules.map((each, at) => (at === index ? rule : each)));
  return (
    <div className="stack tight">
      {props.kind === 'http' && (
        <p className="muted" style={{ margin: 0 }}>
          {t('form.ruleHint')}
        </p>
      )}
      {rules.map((rule, index) => (
        <div key={index} className="row" style={{ alignItems: 'flex-end' }} role="group" aria-label={t(`rule.${rule.type}`)}>
          <Select
            w={270}
            aria-label={t('form.addRule')}
            allowDeselect={false}
            data={types.map((value) => ({ value, label: t(`rule.${value}`) }))}
            value={rule.type}
            error={props.errorOf(`check.rules.${index}`)}
            onChange={(value) => {
              const type = types.find((each) => each === value);
              if (type !== undefined) set(index, newRule(type));
            }}
          />
          {RULE_FIELDS[rule.type].map((field) => (
            <RuleInput
              key={`${rule.type} ${field.name}`}
              field={field}
              value={rule[field.name] ?? ''}
              error={props.errorOf(`check.rules.${index}.${field.name}`)}
              onChange={(value) => set(index, { ...rule, [field.name]: value })}
            />
          ))}
          <Button
            variant="default"
            size="xs"
            onClick={() => onChange(rules.filter((_, at) => at !== index))}
            aria-label={`${t('form.removeRule')} ${index + 1}`}
          >
            {t('action.remove')}
          </Button>
        </div>
      ))}
      <div>
        <Button variant="default" size="xs" onClick={() => onChange([...rules, newRule(types[0] ?? 'max-time')])}>
          {t('form.addRule')}
        </Button>
      </div>
    </div>
  );
}

function RuleInput(props: {
  readonly field: RuleField;
  readonly value: string | boolean;
  readonly error: string | undefined;
  readonly onChange: (value: string | boolean) => void;
}) {
  const { t } = useTranslation();
  const texts = CHART_TEXTS[useLanguage()];
  const { field, onChange } = props;
  const key = RULE_LABELS[field.name as keyof typeof RULE_LABELS];
  const label = key === undefined ? field.name : t(key);
  const value = String(props.value);
  switch (field.kind) {
    case 'flag':
      return (
        <Checkbox label={t('form.negate')} checked={props.value === true} onChange={(event) => onChange(event.target.checked)} />
      );
    case 'compare':
      return (
        <Select
          w={150}
          aria-label={t('form.compare')}
          allowDeselect={false}
          data={COMPARISONS.map((each) => ({ value: each, label: t(`compare.${each}`) }))}
          value={value}
          onChange={(next) => onChange(next ?? 'equals')}
        />
      );
    case 'phase':
      return (
        <Select
          w={170}
          aria-label={t('form.phase')}
          allowDeselect={false}
          data={[
            { value: 'totalUs', label: texts.total },
            ...CHART_PHASES.map((each) => ({ value: each, label: texts.phases[each] })),
          ]}
          value={value}
          onChange={(next) => onChange(next ?? 'totalUs')}
        />
      );
    case 'lines':
      return (
        <Textarea
          autosize
          minRows={1}
          aria-label={label}
          placeholder={label}
          value={value}
          error={props.error}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'number':
    case 'text':
      return (
        <TextInput
          className="rule-value"
          inputMode={field.kind === 'number' ? 'decimal' : 'text'}
          aria-label={label}
          placeholder={label}
          value={value}
          error={props.error}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}
