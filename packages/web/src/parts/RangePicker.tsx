import { Button, Popover, SegmentedControl } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MIN_RANGE_MS, RANGE_NAMES, RANGE_SECONDS, type Range, type RangeSearch } from '../api/range.ts';
import { moment } from './moment.ts';

/** The picker shows whole minutes: the one that has begun belongs to the range. */
const MINUTE_MS = 60_000;

/** The form of `datetime-local`, in the zone of the browser. */
const local = (atMs: number): string => moment(atMs, false).replace(' ', 'T');

/** Chooses how far back to look, or a range of one's own. */
export function RangePicker({ range, onChange }: { readonly range: Range; readonly onChange: (search: RangeSearch) => void }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const name = 'range' in range ? range.range : 'custom';
  return (
    <div className="row" role="group" aria-label={t('range.label')}>
      <SegmentedControl
        size="xs"
        value={name}
        onChange={(value) => {
          const chosen = RANGE_NAMES.find((each) => each === value);
          if (chosen === undefined) setOpen(true);
          else onChange({ range: chosen });
        }}
        data={RANGE_NAMES.map((value) => ({ value, label: t(`range.${value}`) }))}
      />
      <Popover opened={isOpen} onChange={setOpen} position="bottom-end" withArrow trapFocus shadow="md">
        <Popover.Target>
          <Button
            size="xs"
            variant={name === 'custom' ? 'filled' : 'default'}
            onClick={() => setOpen(!isOpen)}
            aria-expanded={isOpen}
          >
            {'range' in range ? t('range.custom') : `${moment(range.from, false)} – ${moment(range.to, false)}`}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <CustomRange
            range={range}
            onChange={(search) => {
              setOpen(false);
              onChange(search);
            }}
          />
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}

function CustomRange({ range, onChange }: { readonly range: Range; readonly onChange: (search: RangeSearch) => void }) {
  const { t } = useTranslation();
  const [now] = useState(Date.now);
  const [from, setFrom] = useState(local('range' in range ? now - RANGE_SECONDS[range.range] * 1000 : range.from));
  const [to, setTo] = useState(local('range' in range ? now + MINUTE_MS : range.to));
  const [isWrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const search = { from: new Date(from).getTime(), to: new Date(to).getTime() };
    const isRight = search.to - search.from >= MIN_RANGE_MS;
    setWrong(!isRight);
    if (isRight) onChange(search);
  };
  return (
    <form className="stack tight" onSubmit={submit}>
      <label>
        {t('range.from')}
        <br />
        <input type="datetime-local" required value={from} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label>
        {t('range.to')}
        <br />
        <input type="datetime-local" required value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      {isWrong && (
        <span role="alert" className="state-down">
          {t('range.order')}
        </span>
      )}
      <Button type="submit" size="xs">
        {t('range.apply')}
      </Button>
    </form>
  );
}
