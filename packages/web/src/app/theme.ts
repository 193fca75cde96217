import { createTheme, Drawer, Modal } from '@mantine/core';

/** Neutral and quiet: colour is kept for states. Scroll is not locked behind dialogs, as that needs style elements of its own. */
export const theme = createTheme({
  primaryColor: 'dark',
  primaryShade: { light: 6, dark: 2 },
  autoContrast: true,
  fontFamily:
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace",
  defaultRadius: 'sm',
  cursorType: 'pointer',
  components: {
    Modal: Modal.extend({ defaultProps: { lockScroll: false } }),
    Drawer: Drawer.extend({ defaultProps: { lockScroll: false } }),
  },
});
