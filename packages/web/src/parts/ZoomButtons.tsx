import { useTranslation } from '../language/texts.ts';
import { type Range, zoomed, type ZoomStep } from '../api/range.ts';

const STEPS = ['earlier', 'later', 'in', 'out'] as const satisfies readonly ZoomStep[];
const SHAPES: Readonly<Record<ZoomStep, string>> = {
  earlier: 'M10 3 5 8l5 5',
  later: 'M6 3l5 5-5 5',
  in: 'M8 3v10M3 8h10',
  out: 'M3 8h10',
};

/** What dragging over a chart does, by buttons: earlier, later, closer, wider. */
export function ZoomButtons(props: {
  readonly range: Range;
  /** The range that is shown, Unix ms. */
  readonly shown: { readonly from: number; readonly to: number };
  readonly onChange: (range: { readonly from: number; readonly to: number }) => void;
}) {
  const { t } = useTranslation();
  const isNow = 'range' in props.range;
  return (
    <div className="steps" role="group" aria-label={t('range.zoom')}>
      {STEPS.map((step) => (
        <button
          key={step}
          type="button"
          aria-label={t(`range.${step}`)}
          title={t(`range.${step}`)}
          disabled={isNow && step === 'later'}
          onClick={() => props.onChange(zoomed(props.shown.from, props.shown.to, step, Date.now()))}
        >
          <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
            <path d={SHAPES[step]} />
          </svg>
        </button>
      ))}
    </div>
  );
}
