import { randomBytes } from 'node:crypto';

const NAME_CHARACTERS = 48;

/** An id for a new target, readable from its name: `shop-front`, `shop-front-2`… */
export function newTargetId(name: string, isTaken: (id: string) => boolean): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, NAME_CHARACTERS)
    .replace(/-+$/, '');
  const base = slug === '' ? `target-${randomBytes(3).toString('hex')}` : slug;
  if (!isTaken(base)) return base;
  for (let number = 2; number < 1_000; number++) if (!isTaken(`${base}-${number}`)) return `${base}-${number}`;
  return `${base}-${randomBytes(4).toString('hex')}`;
}
