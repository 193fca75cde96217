import { createTheme } from '@mantine/core';

/** Neutral and quiet: colour is kept for states. */
export const theme = createTheme({
  primaryColor: 'harbour',
  colors: {
    harbour: ['#eaf4fa', '#d5e6f0', '#a9cce1', '#7ab1d1', '#5499c2', '#3b83ac', '#2f6f99', '#22577a', '#1a4661', '#123449'],
  },
  primaryShade: { light: 7, dark: 6 },
  fontFamily:
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace",
  defaultRadius: 'sm',
  cursorType: 'pointer',
});
