import { memo } from 'react';
import { useLanguage } from '../language/language.ts';
import { useNow } from './clock.ts';
import { lasted, moment } from './moment.ts';

/** How long something has been so; the moment it began is in its title. */
export const Since = memo(function Since({ at }: { readonly at: number | null }) {
  const now = useNow();
  const language = useLanguage();
  if (at === null) return null;
  return (
    <time className="muted num" dateTime={new Date(at).toISOString()} title={moment(at)}>
      {lasted(now - at, language)}
    </time>
  );
});
