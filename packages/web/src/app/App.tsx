import { MantineProvider } from '@mantine/core';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import type { i18n } from 'i18next';
import { LanguageProvider } from '../language/LanguageProvider.tsx';
import { colorSchemeManager } from './color-scheme.ts';
import type { AppRouter } from './router.tsx';
import { theme } from './theme.ts';

/** The server puts the nonce of the answer there, so that style elements of the component library are allowed. */
const styleNonce = (): string => document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';

export function App(props: { readonly queryClient: QueryClient; readonly router: AppRouter; readonly language: i18n }) {
  return (
    <LanguageProvider language={props.language}>
      <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={colorSchemeManager} getStyleNonce={styleNonce}>
        <QueryClientProvider client={props.queryClient}>
          <RouterProvider router={props.router} />
        </QueryClientProvider>
      </MantineProvider>
    </LanguageProvider>
  );
}
