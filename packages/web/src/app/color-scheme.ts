import { localStorageColorSchemeManager } from '@mantine/core';

/** The chosen scheme, under the key that `theme.js` reads before the first paint. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: 'watchpost-theme' });
