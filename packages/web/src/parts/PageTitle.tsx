import { useEffect } from 'react';

const PRODUCT = 'Watchpost';

/** The heading of a page, which also names its tab and its place in the history. `alarms`: how many things are down, told in the tab. */
export function PageTitle({ text, alarms = 0 }: { readonly text: string; readonly alarms?: number }) {
  useEffect(() => {
    document.title = `${alarms > 0 ? `(${alarms}) ` : ''}${text.includes(PRODUCT) ? text : `${text} · ${PRODUCT}`}`;
  }, [text, alarms]);
  return <h1>{text}</h1>;
}
