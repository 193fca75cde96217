import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/client.ts';

const MAX_RETRIES = 2;

export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) =>
          failures < MAX_RETRIES && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      },
    },
  });
  client.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'error') return;
    // The session ended: the frame of the page asks for it again and shows the sign-in.
    const { error } = event.query.state;
    if (error instanceof ApiError && error.status === 401 && event.query.queryKey[0] !== 'session') {
      void client.invalidateQueries({ queryKey: ['session'] });
    }
  });
  return client;
}
