import { Button, SegmentedControl } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from '../language/texts.ts';
import { RANGE_NAMES, type Range, type RangeSearch } from '../api/range.ts';
import { moment } from './moment.ts';

const CustomRangeDialog = lazy(async () => ({ default: (await import('./CustomRangeDialog.tsx')).CustomRangeDialog }));

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
      <Button size="xs" variant={name === 'custom' ? 'filled' : 'default'} onClick={() => setOpen(true)} aria-haspopup="dialog">
        {'range' in range ? t('range.custom') : `${moment(range.from, false)} – ${moment(range.to, false)}`}
      </Button>
      {isOpen && (
        <Suspense>
          <CustomRangeDialog
            range={range}
            onClose={() => setOpen(false)}
            onChange={(search) => {
              setOpen(false);
              onChange(search);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
