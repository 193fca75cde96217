import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from '../language/texts.ts';
import { MIN_RANGE_MS, RANGE_SECONDS, type Range, type RangeSearch } from '../api/range.ts';
import { Dialog } from './Dialog.tsx';
import { moment } from './moment.ts';

/** The picker shows whole minutes: the one that has begun belongs to the range. */
const MINUTE_MS = 60_000;
/** The form of `datetime-local`, in the zone of the browser. */
const local = (atMs: number): string => moment(atMs, false).replace(' ', 'T');

/** Asks for a range of one's own. */
export function CustomRangeDialog(props: {
  readonly range: Range;
  readonly onChange: (search: RangeSearch) => void;
  readonly onClose: () => void;
}) {
  const { range, onChange, onClose } = props;
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
    <Dialog title={t('range.custom')} size="sm" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <label>
          {t('range.from')}
          <br />
          <input type="datetime-local" required value={from} onChange={(event) => setFrom(event.target.value)} data-autofocus />
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
        <Button type="submit">{t('range.apply')}</Button>
      </form>
    </Dialog>
  );
}
