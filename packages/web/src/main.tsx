import './app/component-styles.ts';
import './app/app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { createAppRouter } from './app/router.tsx';
import { startEarlyRequests } from './app/early-requests.ts';
import { createQueryClient } from './app/query-client.ts';
import { createLanguage } from './language/language.ts';

const root = document.querySelector('#root');
if (root === null) throw new Error('The page has no #root');
const queryClient = createQueryClient();
startEarlyRequests(queryClient);
const router = createAppRouter(queryClient);
const language = await createLanguage();
createRoot(root).render(
  <StrictMode>
    <App queryClient={queryClient} router={router} language={language} />
  </StrictMode>,
);
