import type { Result } from '@watchpost/contracts/results/result';
import { CHART_TEXTS } from '@watchpost/charts/chart-texts';
import { formatUs } from '@watchpost/charts/figures';
import { PALETTES } from '@watchpost/charts/palette';
import { useComputedColorScheme } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from '../language/texts.ts';
import { useLanguage } from '../language/language.ts';
import { waterfallBars } from './waterfall-bars.ts';

/** Where the time of a measurement went: a bar for each phase of each hop, at its place in time. */
export function Waterfall({ result }: { readonly result: Pick<Result, 'hops' | 'totalUs'> }) {
  const { t } = useTranslation();
  const texts = CHART_TEXTS[useLanguage()];
  const { phases } = PALETTES[useComputedColorScheme('light')];
  const hops = waterfallBars(result);
  if (hops.length === 0) return <p className="muted">{t('result.nothing')}</p>;
  return (
    <div className="stack tight" role="group" aria-label={t('result.timing')}>
      {hops.map((hop, index) => (
        <Fragment key={index}>
          <div className="row tight" style={{ fontSize: 13 }}>
            {hops.length > 1 && <strong>{t('result.hop', { number: index + 1 })}</strong>}
            {hop.status !== null && <span className="tag num">{hop.status}</span>}
            <span className="mono">{hop.url}</span>
            {hop.remoteIp !== null && <span className="muted mono">{hop.remoteIp}</span>}
          </div>
          <div className="fall">
            {hop.bars.map((bar) => (
              <Fragment key={bar.phase}>
                <span className="clip">{texts.phases[bar.phase]}</span>
                <span className="fall-track">
                  <span
                    className="fall-bar"
                    style={{ left: `${bar.left * 100}%`, width: `${bar.width * 100}%`, background: phases[bar.phase] }}
                  />
                </span>
                <span className="num right">{formatUs(bar.us)}</span>
              </Fragment>
            ))}
          </div>
        </Fragment>
      ))}
      <div className="fall" style={{ fontWeight: 600 }}>
        <span>{texts.total}</span>
        <span />
        <span className="num right">{formatUs(result.totalUs)}</span>
      </div>
    </div>
  );
}
