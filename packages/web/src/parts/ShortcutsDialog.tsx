import { useTranslation } from '../language/texts.ts';
import { Dialog } from './Dialog.tsx';
import { Shortcuts } from './Shortcuts.tsx';

export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('settings.keys')} onClose={onClose}>
      <Shortcuts />
    </Dialog>
  );
}
