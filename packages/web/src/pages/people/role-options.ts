import { useTranslation } from '../../language/texts.ts';

const ROLES = ['administrator', 'operator', 'viewer'] as const;

export function useRoleOptions(): { value: string; label: string }[] {
  const { t } = useTranslation();
  return ROLES.map((value) => ({ value, label: t(`role.${value}`) }));
}
