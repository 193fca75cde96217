import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';

const CHORD_MS = 1_200;
const PLACES = { o: '/', t: '/targets', v: '/vantages', l: '/live', c: '/commands', h: '/hosts', s: '/settings' } as const;

const isTyping = (element: EventTarget | null): boolean =>
  element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

/** `/` goes to the search field; `g` then a letter goes to a page; `?` calls `onHelp`. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let goAt = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('[data-search]');
        if (search === null) return;
        event.preventDefault();
        search.focus();
        return;
      }
      if (event.key === '?') {
        onHelp();
        return;
      }
      const place = event.timeStamp - goAt < CHORD_MS ? PLACES[event.key as keyof typeof PLACES] : undefined;
      goAt = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (place !== undefined) void navigate({ to: place });
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [navigate, onHelp]);
}
