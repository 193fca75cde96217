import type { ChartPhaseKey } from '@watchpost/contracts/results/phase-keys';
import type { Outcome } from '@watchpost/contracts/results/outcome';
import type { ChartOptions, ChartTheme } from './chart-kind.ts';

export type Palette = {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly axis: string;
  readonly grid: string;
  readonly alarm: string;
  readonly smoke: string;
  readonly gap: string;
  readonly phases: Readonly<Record<ChartPhaseKey, string>>;
  readonly outcomes: Readonly<Record<Outcome, string>>;
  readonly lines: readonly string[];
};

/** Hues keep apart in the common kinds of colour blindness; neighbours in a stack differ in lightness too. */
export const PALETTES: Readonly<Record<ChartTheme, Palette>> = {
  light: {
    background: '#ffffff',
    text: '#1f2933',
    muted: '#5a6572',
    axis: '#c3cad2',
    grid: '#e8ebef',
    alarm: '#c0341d',
    smoke: '#2b5f9e',
    gap: '#8a94a0',
    phases: {
      redirectUs: '#9aa3ad',
      dnsUs: '#6b5aa8',
      connectUs: '#4a8fd0',
      tlsUs: '#1d7f86',
      requestUs: '#d8c35a',
      waitUs: '#e39347',
      receiveUs: '#86b06a',
    },
    outcomes: { up: '#2c8a63', degraded: '#d08a00', down: '#c9361f', unknown: '#a4adb8' },
    lines: ['#2f66ab', '#cf7420', '#3c8a5e', '#9c4a88', '#857325', '#2d8b9a', '#b0483f', '#5c60a8'],
  },
  dark: {
    background: '#16191d',
    text: '#dfe4ea',
    muted: '#98a2ae',
    axis: '#454d57',
    grid: '#282e35',
    alarm: '#ff7a62',
    smoke: '#78aef0',
    gap: '#7d8894',
    phases: {
      redirectUs: '#7f8893',
      dnsUs: '#9a8ad8',
      connectUs: '#5b9fe0',
      tlsUs: '#3aa3a8',
      requestUs: '#d6c25c',
      waitUs: '#e0954f',
      receiveUs: '#8bb672',
    },
    outcomes: { up: '#43b083', degraded: '#e5a62f', down: '#f0614a', unknown: '#6b7682' },
    lines: ['#6ea3e8', '#e89a50', '#62b888', '#cd82bb', '#bfab55', '#5dbccb', '#e07f76', '#9296de'],
  },
};

/** Colour of the line of a vantage point: its own, or the next of the palette. */
export function lineColor(vantage: string, index: number, options: Pick<ChartOptions, 'theme' | 'vantageColors'>): string {
  const own = options.vantageColors?.[vantage];
  if (own !== null && own !== undefined) return own;
  const { lines } = PALETTES[options.theme];
  return lines[index % lines.length] ?? '#888888';
}

/** What `color` looks like over `background` when it covers it by a share of `opacity`. Both `#rrggbb`. */
export function covered(color: string, background: string, opacity: number): string {
  const mixed = [1, 3, 5].map((at) => {
    const [over, under] = [color, background].map((each) => Number.parseInt(each.slice(at, at + 2), 16));
    return Math.round((over ?? 0) * opacity + (under ?? 0) * (1 - opacity));
  });
  return `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
