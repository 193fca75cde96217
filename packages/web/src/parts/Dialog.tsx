import { Modal } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from '../language/texts.ts';

let lastOutside: HTMLElement | null = null;

/** What had the focus before any dialog was open. A dialog that follows another one goes back to the same place. */
function focusedOutside(): HTMLElement | null {
  const element = document.activeElement;
  if (element instanceof HTMLElement && element.closest('[role="dialog"]') === null) lastOutside = element;
  return lastOutside;
}

/** A dialog: it is open while it is in the page, keeps the focus inside, and gives it back at its end. The page behind it still scrolls: to lock it needs style elements that the page does not allow. */
export function Dialog(props: {
  readonly title: string;
  readonly size?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  const [opener] = useState(focusedOutside);
  useEffect(
    () => () => {
      // Another dialog may have taken over.
      setTimeout(() => {
        if (document.querySelector('[role="dialog"]') === null && opener?.isConnected === true) opener.focus();
      });
    },
    [opener],
  );
  return (
    <Modal
      opened
      returnFocus={false}
      lockScroll={false}
      onClose={props.onClose}
      title={props.title}
      {...(props.size === undefined ? {} : { size: props.size })}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {props.children}
    </Modal>
  );
}
