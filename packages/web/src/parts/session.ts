import { useQuery } from '@tanstack/react-query';
import { queries } from '../api/queries.ts';

/** Whether the person may change targets, vantage points and agents. The server decides; this hides what it would refuse. */
export function useMayWrite(): boolean {
  const role = useQuery(queries.session()).data?.user?.role;
  return role === 'administrator' || role === 'operator';
}
