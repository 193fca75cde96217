import type { CommandLine } from '@watchpost/contracts/api/audit';
import { useNavigate } from '@tanstack/react-router';
import { memo } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { CommandCells, lineClass } from './CommandCells.tsx';
import { pressedToken } from './CommandText.tsx';

/** One line of a list. Pressed, it opens the record; pressed on a masked secret, it looks for the same secret elsewhere. */
export const CommandRow = memo(function CommandRow(props: {
  readonly line: CommandLine;
  readonly words?: readonly string[];
  readonly isOpen?: boolean;
  readonly hasDate?: boolean;
  readonly onOpen: (line: CommandLine) => void;
}) {
  const navigate = useNavigate();
  const { t } = useTranslation();
  const { line } = props;
  return (
    <button
      type="button"
      className={lineClass(line, props.isOpen)}
      aria-current={props.isOpen === true ? 'true' : undefined}
      onClick={({ target }) => {
        const token = pressedToken(target);
        if (token === null) props.onOpen(line);
        else void navigate({ to: '/commands', search: { token } });
      }}
    >
      <CommandCells line={line} words={props.words} hasDate={props.hasDate} t={t} />
    </button>
  );
});
