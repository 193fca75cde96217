import type { ErrorComponentProps } from '@tanstack/react-router';
import { useRouter } from '@tanstack/react-router';
import { LoadError } from './LoadError.tsx';

/** A page that could not be shown. */
export function PageError({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <div className="center">
      <div className="narrow">
        <LoadError error={error} onRetry={() => void router.invalidate()} />
      </div>
    </div>
  );
}
