import { Fragment } from 'react';
import { useTranslation } from '../language/texts.ts';

const SHORTCUTS = [
  { keys: ['/'], text: 'search' },
  { keys: ['g', 'o'], text: 'overview' },
  { keys: ['g', 't'], text: 'targets' },
  { keys: ['g', 'v'], text: 'vantages' },
  { keys: ['g', 'l'], text: 'live' },
  { keys: ['g', 'c'], text: 'commands' },
  { keys: ['g', 'h'], text: 'hosts' },
  { keys: ['g', 's'], text: 'settings' },
  { keys: ['p'], text: 'pause' },
  { keys: ['?'], text: 'this' },
] as const;

/** The keys that do something anywhere. */
export function Shortcuts() {
  const { t } = useTranslation();
  return (
    <dl className="keys">
      {SHORTCUTS.map(({ keys, text }) => (
        <Fragment key={text}>
          <dt>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{t(`keys.${text}`)}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
