import type { ErrorComponentProps } from '@tanstack/react-router';
import { LoadError } from './LoadError.tsx';

/** A page that could not be shown. */
export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <div className="center">
      <div className="narrow">
        <LoadError error={error} onRetry={reset} />
      </div>
    </div>
  );
}
