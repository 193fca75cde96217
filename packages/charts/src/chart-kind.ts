import type { ChartKind } from '@watchpost/contracts/api/quality';
import type { ChartPhaseKey } from '@watchpost/contracts/results/phase-keys';

export type ChartTheme = 'light' | 'dark';
export type ChartLanguage = 'en' | 'zh';

/** What a chart needs to know beside its data. Sizes are CSS pixels. */
export type ChartOptions = {
  readonly width: number;
  readonly height: number;
  readonly theme: ChartTheme;
  readonly lang: ChartLanguage;
  /** Heading of a picture; the page has its own headings. */
  readonly title?: string | undefined;
  /** Alarm line in the response-time charts, ms. */
  readonly alarmMs?: number | null | undefined;
  /** Upper end of the time axis, ms, so that charts side by side have one scale; missing: as the data needs. */
  readonly maxMs?: number | undefined;
  /** Display names by vantage code. */
  readonly vantageNames?: Readonly<Record<string, string>> | undefined;
  /** `#rrggbb` by vantage code; null or missing: from the palette. */
  readonly vantageColors?: Readonly<Record<string, string | null>> | undefined;
  /** True in the page, which draws heading, legend and tooltip itself. */
  readonly interactive?: boolean | undefined;
};

/** The kinds of chart, in the order in which the page shows them. The values are those of `chartKindSchema`. */
export const CHART_KINDS = [
  'response-time',
  'percentiles',
  'compare',
  'speed',
  'availability',
] as const satisfies readonly ChartKind[];

/** The phases of a measurement in the order in which they happen. The values are those of `CHART_PHASE_KEYS`. */
export const CHART_PHASES = [
  'redirectUs',
  'dnsUs',
  'connectUs',
  'tlsUs',
  'requestUs',
  'waitUs',
  'receiveUs',
] as const satisfies readonly ChartPhaseKey[];

/** Most lines that one chart draws; more would not be told apart. */
export const MAX_LINES = 24;
/** Most panels that one chart draws below each other. */
export const MAX_PANELS = 8;
